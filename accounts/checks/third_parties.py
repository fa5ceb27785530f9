"""Check how signing in is set up, so that a mistake shows at start."""

from collections import Counter
from typing import Any

from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from accounts.third_parties import registration

_HINT = gettext_lazy("See the variables PROVIDERS and PROVIDER_<ID>_… in config/providers.py.")
_NO_SECRET = gettext_lazy(
    "See the variables PROVIDERS and PROVIDER_<ID>_… in config/providers.py. A public client "
    "needs none."
)

# Kinds that mean nothing without the address of an instance, which allauth has no default for.
_NEED_ADDRESS = {"auth0": "AUTH0_URL", "okta": "OKTA_BASE_URL", "netiq": "NETIQ_URL"} | {
    "lemonldap": "LEMONLDAP_URL",
    "amazon_cognito": "DOMAIN",
}


@register
def check_environment(**_: Any) -> list[CheckMessage]:
    """Check that what the environment says of providers can be read (accounts.E001)."""
    return [
        Error(str(found), hint=str(_HINT), id="accounts.E001")
        for found in settings.SIGN_IN_PROBLEMS
    ]


@register
def check_providers(**_: Any) -> list[CheckMessage]:
    """Check each provider that the environment names (accounts.E002 to E005 and W001)."""
    found: list[CheckMessage] = []
    for app in _apps():
        found += _check_app(app)
    counted = Counter((app.provider, app.provider_id) for app in _apps())
    for (kind, name), times in counted.items():
        if times > 1:
            text = gettext("The third party “%(name)s” is there twice.") % {"name": name or kind}
            found.append(Error(text, hint=str(_HINT), id="accounts.E004"))
    return found


def _apps() -> list[SocialApp]:
    return [
        SocialApp(provider=kind, **app)
        for kind, of_kind in settings.SOCIALACCOUNT_PROVIDERS.items()
        for app in of_kind.get("APPS", [])
    ]


def _check_app(app: SocialApp) -> list[CheckMessage]:
    name = app.provider_id or app.provider
    found: list[CheckMessage] = []
    try:
        registration.check(app)
    except ValidationError as error:
        found = [
            Error(f"“{name}”: {message}", hint=str(_HINT), id="accounts.E002")
            for message in error.messages
        ]
    needed = _NEED_ADDRESS.get(app.provider)
    if needed and not settings.SOCIALACCOUNT_PROVIDERS[app.provider].get(needed):
        text = gettext("The third party “%(name)s” needs the address of its instance (…_URL).")
        found.append(Error(text % {"name": name}, hint=str(_HINT), id="accounts.E005"))
    return found + _check_secret(app, name)


def _check_secret(app: SocialApp, name: str) -> list[CheckMessage]:
    if app.provider == "apple" and not (
        app.secret and app.key and app.settings.get(registration.PRIVATE_KEY)
    ):
        text = gettext("The third party “%(name)s” needs Apple's key ID, team ID and private key.")
        return [Error(text % {"name": name}, hint=str(_HINT), id="accounts.E003")]
    if not app.secret:
        text = gettext("The third party “%(name)s” has no client secret.") % {"name": name}
        return [Warning(text, hint=str(_NO_SECRET), id="accounts.W001")]
    return []
