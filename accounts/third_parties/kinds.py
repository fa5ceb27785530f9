"""Know the well-known kinds of third parties: where their pages hand out what is entered here, and
where they want the callback URL. docs/third-parties.md has the same table, and a test holds it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers import registry
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.third_parties import registration
from accounts.third_parties.registration import OPENID_CONNECT

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


_ID_AND_SECRET = _("Client ID, Client secret")


@dataclass(frozen=True)
class Kind:
    """Describe one kind. `where`: the way through its pages; `callback_goes`: the field there that
    the callback URL goes into; `copies`: what is copied from there into the form here."""

    provider: str
    where: "_StrOrPromise"
    callback_goes: "_StrOrPromise"
    copies: "_StrOrPromise" = _ID_AND_SECRET
    note: "_StrOrPromise" = ""

    @property
    def name(self) -> str:
        return name_of(self.provider)


WELL_KNOWN = (
    Kind(
        "google",
        "console.cloud.google.com › APIs & Services › Credentials › OAuth client ID › Web "
        "application",
        "Authorized redirect URIs",
    ),
    Kind(
        "github",
        "Settings › Developer settings › OAuth Apps",
        "Authorization callback URL",
    ),
    Kind(
        "microsoft",
        "entra.microsoft.com › App registrations (platform Web; the secret's *value*)",
        "Redirect URI",
        copies=_("Application (client) ID, Value of the client secret"),
        note=_("Settings below: {“tenant”: “organizations”}, or the ID of your directory."),
    ),
    Kind(
        "apple",
        "developer.apple.com › Identifiers › Services IDs, and Keys (https only, no localhost)",
        "Return URLs",
        copies=_("Services ID as Client ID, Key ID as Client secret, Team ID, Private key"),
    ),
    Kind(
        "gitlab",
        "Preferences › Applications, with the scope `read_user`",
        "Redirect URI",
        copies=_("Application ID, Secret"),
        note=_("Settings below: {“gitlab_url”: “https://…”} for an instance of your own."),
    ),
    Kind(OPENID_CONNECT, _("its admin pages"), _("Redirect URI")),
)

_BY_PROVIDER = {kind.provider: kind for kind in WELL_KNOWN}


def of(provider: str) -> Kind:
    """Return what is known of a kind."""
    return _BY_PROVIDER.get(provider) or Kind(
        provider, gettext("its pages for developers"), gettext("Redirect URI")
    )


def name_of(provider: str) -> str:
    return str(registry.get_class(provider).name)


def others() -> list[tuple[str, str]]:
    """Return the kinds that are not among the well-known ones, by name."""
    every = [(provider, str(name)) for provider, name in registry.as_choices()]
    rest = [each for each in every if each[0] not in _BY_PROVIDER]
    return sorted(rest, key=lambda each: each[1].lower())


def callback_url(provider: str) -> str:
    """Return the callback URL of an app of this kind that is not saved yet. An OpenID Connect
    issuer's has the ID in it that the admin chooses."""
    if provider == OPENID_CONNECT:
        return f"{settings.SITE_URL}/accounts/oidc/…/login/callback/"
    return registration.callback_url(SocialApp(provider=provider))
