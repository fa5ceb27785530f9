"""Read the third parties that people may sign in with from the environment.

`PROVIDERS` lists them, separated by spaces; each is then described by variables of its own, in
which ID is its name in capitals with "_" for "-". Third parties may be added in Django admin too.

    PROVIDERS="google github corp"
    PROVIDER_<ID>_CLIENT_ID       what the third party knows this site by; always needed
    PROVIDER_<ID>_CLIENT_SECRET   the secret that belongs to it
    PROVIDER_<ID>_KIND            which of allauth's providers it is; default: the name itself
    PROVIDER_<ID>_NAME            what people read on the button
    PROVIDER_<ID>_SERVER_URL      openid_connect: the issuer, such as https://id.example
    PROVIDER_<ID>_TRUSTED_EMAIL   true: a verified e-mail address of theirs proves who someone is
    PROVIDER_<ID>_TRUE_AS_TEXT    true: the text "true" counts as true; default: as its kind needs
    PROVIDER_<ID>_SIGN_UP         open, invited, domains or closed: who may make an account by it;
                                  default: as SIGN_UP says
    PROVIDER_<ID>_SIGN_UP_DOMAINS of "domains", separated by spaces, in place of SIGN_UP_DOMAINS
    PROVIDER_<ID>_TRUSTED_GROUPS  true: rules of groups may go by what they say of people
    PROVIDER_<ID>_SCOPES          what is asked for, separated by spaces, in place of the default
    PROVIDER_<ID>_TENANT          microsoft: the directory, "organizations", "consumers", "common"
    PROVIDER_<ID>_URL             github, gitlab, gitea, okta, …: the address of one's own instance
    PROVIDER_<ID>_KEY_ID, PROVIDER_<ID>_TEAM_ID, PROVIDER_<ID>_PRIVATE_KEY   apple
    PROVIDER_<ID>_SETTINGS        JSON: any further setting that allauth documents for the kind

CLIENT_SECRET, PRIVATE_KEY and SETTINGS may be in files: config/secret_files.py.

What is missing or malformed stops nothing here; system checks (accounts.E001 and on) report it.
"""

import json
import pkgutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import allauth
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy
from environs import EnvError

from config.secret_files import Environment

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_PACKAGE = "allauth.socialaccount.providers"

# What is not installed, and why. The others, 106 of them, cost 3 MB and no measurable time.
_NOT_PROVIDERS = {"base", "dummy", "oauth", "oauth2"}
_OTHER_PROTOCOLS = {"openid", "saml", "steam", "telegram", "draugiem"}
# OAuth 1.0a has neither state nor PKCE: its callbacks cannot be tied to the request that began it.
_OAUTH_1 = {
    *("discogs", "evernote", "fivehundredpx", "flickr", "openstreetmap", "pocket", "trello"),
    *("tumblr", "twitter", "vimeo", "xing"),
}
_LEFT_OUT = _NOT_PROVIDERS | _OTHER_PROTOCOLS | _OAUTH_1

# Where allauth looks for the address of a third party that is not one for all, a kind each.
_ADDRESS_SETTINGS = {
    "amazon_cognito": "DOMAIN",
    "auth0": "AUTH0_URL",
    "gitea": "GITEA_URL",
    "github": "GITHUB_URL",
    "gitlab": "GITLAB_URL",
    "lemonldap": "LEMONLDAP_URL",
    "mailcow": "SERVER",
    "netiq": "NETIQ_URL",
    "nextcloud": "SERVER",
    "okta": "OKTA_BASE_URL",
}


@dataclass
class SignIn:
    """Hold the third parties that were read. `providers` is what SOCIALACCOUNT_PROVIDERS is to be;
    `problems` is for system checks."""

    providers: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: "list[_StrOrPromise]" = field(default_factory=list)


def installed() -> list[str]:
    """Return the Django apps of every provider of allauth that speaks OAuth 2."""
    directory = Path(allauth.__file__).parent / "socialaccount" / "providers"
    names = sorted(module.name for module in pkgutil.iter_modules([str(directory)]))
    return [f"{_PACKAGE}.{name}" for name in names if name not in _LEFT_OUT]


def read(env: Environment) -> SignIn:
    """Read PROVIDERS and what it names."""
    found = SignIn()
    for name in env.str("PROVIDERS", "").split():
        prefix = f"PROVIDER_{name.upper().replace('-', '_')}_"
        with env.prefixed(prefix):
            _read_one(env, name, found)
    return found


def _read_one(env: Environment, name: str, found: SignIn) -> None:
    kind = env.str("KIND", name)
    try:
        settings = _settings(env, kind)
        app = _app(env, name, kind)
    except (EnvError, ValueError) as error:
        words = gettext_lazy("The settings of the third party “{name}” cannot be read: “{error}”")
        found.problems.append(format_lazy(words, name=name, error=str(error)))
        return
    of_kind = found.providers.setdefault(kind, {})
    # allauth keeps these once for all apps of a kind, and spells them in capitals.
    of_kind |= {setting: settings.pop(setting) for setting in list(settings) if setting.isupper()}
    of_kind.setdefault("APPS", []).append(app | {"settings": settings})


def _app(env: Environment, name: str, kind: str) -> dict[str, str]:
    return {
        "provider_id": "" if name == kind else name,
        "name": env.str("NAME", name),
        "client_id": env.str("CLIENT_ID", ""),
        # Apple's client secret is a JWT, signed anew each time with the private key.
        "secret": env.str("KEY_ID", "") or env.secret("CLIENT_SECRET", ""),
        "key": env.str("TEAM_ID", ""),
    }


def _settings(env: Environment, kind: str) -> dict[str, Any]:
    """Return allauth's settings of one app. Raises ValueError, EnvError where one is malformed."""
    settings = json.loads(env.secret("SETTINGS", "{}"))
    if not isinstance(settings, dict):
        raise ValueError("SETTINGS must be a JSON object.")
    given = {
        "server_url": env.str("SERVER_URL", ""),
        "email_authentication": env.bool("TRUSTED_EMAIL", False),
        "sign_up": env.str("SIGN_UP", ""),
        "sign_up_domains": env.str("SIGN_UP_DOMAINS", "").replace(",", " ").split(),
        "trusted_groups": env.bool("TRUSTED_GROUPS", False),
        "tenant": env.str("TENANT", ""),
        "scope": env.str("SCOPES", "").split(),
        "certificate_key": env.secret("PRIVATE_KEY", "").replace("\\n", "\n"),
        _ADDRESS_SETTINGS.get(kind, "url"): env.str("URL", "").rstrip("/"),
    }
    if (chosen := env.bool("TRUE_AS_TEXT", None)) is not None:
        settings["true_as_text"] = chosen
    return settings | {setting: value for setting, value in given.items() if value}
