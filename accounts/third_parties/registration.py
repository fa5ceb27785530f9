"""Register a third party, as an admin tells of it: by command, by form or by the environment."""

import re
from typing import Any
from urllib.parse import urlsplit

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers import registry
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.entrance import sign_up_rule
from accounts.models import ProviderSecret
from accounts.network import loopback
from accounts.storage.sealed import unopened
from accounts.text import email_domains

OPENID_CONNECT = "openid_connect"
TRUSTED_EMAIL = "email_authentication"  # allauth's name for it among an app's settings
PRIVATE_KEY = "certificate_key"  # likewise
TRUE_AS_TEXT = "true_as_text"  # this site's own: whether the text "true" counts as the boolean
OFF = "is_off"  # this site's own: nobody signs in with it for now
ASSERTIONS = "identity_assertions"  # this site's own: it may vouch for people (ID-JAG)
POSITION = "position"  # this site's own: of its button; a lower one comes first

_LAST_POSITION = 999

# Who says `"email_verified": "true"`: by kind, and by issuer where they are set up by their own.
_KINDS_WITH_TEXT = {"apple", "amazon_cognito"}
_ISSUERS_WITH_TEXT = re.compile(
    r"https://(appleid\.apple\.com|cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[\w-]+)/?"
)

_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")


def is_secure(url: Any) -> bool:
    """Return whether `url` is https, or http to this machine, where no wire can be listened to."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.username or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in loopback.HOSTS)


def check(app: SocialApp) -> None:
    """Raise ValidationError, each problem on its field, where `app` could not work as it is."""
    problems = {
        "provider": _provider_problems(app),
        "provider_id": _provider_id_problems(app),
        "client_id": [] if app.client_id else [_("The third party gives you this; it is needed.")],
        "settings": _settings_problems(app),
    }
    if any(problems.values()):
        raise ValidationError({field: found for field, found in problems.items() if found})


def _provider_problems(app: SocialApp) -> list[str]:
    if registry.get_class(app.provider) is None:
        return [
            _("“%(provider)s” is not a provider that this site knows.") % {"provider": app.provider}
        ]
    return []


def _provider_id_problems(app: SocialApp) -> list[str]:
    if app.provider != OPENID_CONNECT:
        return [] if not app.provider_id else [_("Only OpenID Connect providers have an ID.")]
    if not _SLUG.fullmatch(app.provider_id):
        return [
            _("An ID of lower-case letters, digits and hyphens is needed: it is in the address.")
        ]
    # People are known by (ID, subject): an issuer named "google" could pass for people of Google.
    if registry.get_class(app.provider_id):
        return [
            _("“%(provider_id)s” is the name of another provider. Choose another ID.")
            % {"provider_id": app.provider_id}
        ]
    return []


def _settings_problems(app: SocialApp) -> list[str]:
    if not isinstance(app.settings, dict):
        return [_("Settings must be a JSON object.")]
    if app.provider == OPENID_CONNECT and not is_secure(app.settings.get("server_url")):
        return [_("“server_url” must be the issuer's address, with https (http on this machine).")]
    for switch in (TRUE_AS_TEXT, OFF, ASSERTIONS):
        if not isinstance(app.settings.get(switch, False), bool):
            return [_("“%(switch)s” must be true or false.") % {"switch": switch}]
    position = app.settings.get(POSITION, 0)
    if type(position) is not int or not 0 <= position <= _LAST_POSITION:
        return [
            _("“%(name)s” must be a number from 0 to %(most)s.")
            % {"name": POSITION, "most": _LAST_POSITION}
        ]
    return _sign_up_problems(app.settings)


def _sign_up_problems(told: dict[str, Any]) -> list[str]:
    mode = told.get(sign_up_rule.OF_PROVIDER) or ""
    domains = told.get(sign_up_rule.DOMAINS_OF_PROVIDER) or []
    problems = []
    if mode not in ("", *sign_up_rule.Mode):
        problems.append(
            _("Who may sign up must be one of: %(list)s.") % {"list": ", ".join(sign_up_rule.Mode)}
        )
    if not isinstance(domains, list):
        return [*problems, _("“sign_up_domains” must be a list of domains.")]
    for written in domains:
        try:
            email_domains.pattern(str(written))
        except ValidationError as error:
            problems += error.messages
    if mode == sign_up_rule.Mode.DOMAINS and not domains and not settings.SIGN_UP_DOMAINS:
        problems.append(_("Say at which domains people may sign up."))
    return problems


def takes_true_as_text(app: SocialApp) -> bool:
    """Return whether the text "true" counts where this third party should say the boolean: as an
    admin chose, else as is known of its kind."""
    chosen = app.settings.get(TRUE_AS_TEXT)
    if isinstance(chosen, bool):
        return chosen
    server_url = app.settings.get("server_url", "")
    issuer = server_url.partition("/.well-known/")[0] if isinstance(server_url, str) else ""
    is_known = app.provider == OPENID_CONNECT and _ISSUERS_WITH_TEXT.fullmatch(issuer)
    return app.provider in _KINDS_WITH_TEXT or bool(is_known)


def kept_secrets(app: SocialApp) -> list[str]:
    """Return which secrets are stored for `app`, by the names that `save` takes."""
    kept = ProviderSecret.objects.filter(app=app).first() if app.pk else None
    if kept is None:
        return []
    shut = unopened(kept)
    return [name for name in ("secret", "private_key") if name in shut or getattr(kept, name)]


@transaction.atomic
def save(app: SocialApp, *, secret: str = "", private_key: str = "") -> None:
    """Save `app` and, sealed and apart from it, what was given of its secrets. Empty keeps."""
    app.secret = ""
    app.settings.pop(PRIVATE_KEY, None)
    app.save()
    given = {"secret": secret, "private_key": private_key}
    given = {name: value for name, value in given.items() if value}
    if given:
        ProviderSecret.objects.update_or_create(app=app, defaults=given)


@transaction.atomic
def turn(app: SocialApp, *, on: bool) -> None:
    """Let people sign in with `app`, or nobody for now. What was changed since it was read stays,
    as a check takes seconds."""
    stored = SocialApp.objects.select_for_update(no_key=True).filter(pk=app.pk).first()
    if stored is None:  # deleted meanwhile
        return
    app.settings = {name: value for name, value in stored.settings.items() if name != OFF}
    app.settings |= {} if on else {OFF: True}
    app.save(update_fields=["settings"])


def callback_url(app: SocialApp) -> str:
    """Return the address to register with the third party as redirect URI."""
    provider = registry.get_class(app.provider)(request=None, app=app)
    return f"{settings.SITE_URL}{provider.get_callback_url()}"
