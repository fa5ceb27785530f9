from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from accounts import branding_checks as _branding_checks  # noqa: F401
        from accounts import breached_passwords, checks, deployment, endings  # noqa: F401 (register)
        from accounts import places_checks as _places_checks  # noqa: F401
        from accounts.second_factors import checks as _checks  # noqa: F401
        from accounts.second_factors import recorders as _recorders  # noqa: F401
        from accounts.security_events import recorders  # noqa: F401 (listens to allauth and Django)
        from accounts.third_parties import linking  # noqa: F401 (listens to allauth)
