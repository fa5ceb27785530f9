from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OAuthServerConfig(AppConfig):
    name = "accounts.oauth_server"
    label = "oauth_server"
    verbose_name = _("Client apps and tokens")

    def ready(self) -> None:
        from accounts.oauth_server import checks  # noqa: F401 (registers its checks)
