from django.apps import AppConfig


class OAuthServerConfig(AppConfig):
    name = "accounts.oauth_server"
    label = "oauth_server"
    verbose_name = "Client apps and tokens"

    def ready(self) -> None:
        from accounts.oauth_server import checks  # noqa: F401 (registers its checks)
