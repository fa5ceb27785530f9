from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from accounts import checks  # noqa: F401 (registers itself)
        from accounts.third_parties import linking  # noqa: F401 (listens to allauth)
