"""Decide what is believed of a third party's claims about a person, whichever provider it is.

allauth's providers differ in what they take for "verified": some turn any text into true, "false"
too, and Apple's keeps tokens among what it stores of a profile. Both are put right here, once.
"""

from typing import Any

from allauth.socialaccount.models import SocialLogin

from accounts.text.cleaning import storable
from accounts.third_parties.errors import ThirdPartyMisbehaved
from accounts.third_parties.registration import TRUSTED_EMAIL

_VERIFIED = {"verified", "emailverified", "verifiedemail", "isemailverified"}
_SECRET = {"accesstoken", "refreshtoken", "idtoken", "token", "tokensecret", "clientsecret"}


def is_trusted(login: SocialLogin) -> bool:
    """Return whether an admin marked the provider's e-mail addresses as proof of who someone is."""
    app = login.provider.app
    return app is not None and app.settings.get(TRUSTED_EMAIL) is True


def harden(login: SocialLogin) -> None:
    """Take back what `login` should not claim: tokens in the profile, addresses not proven.

    An address counts as verified only if the provider is trusted, said so, and said it with the
    boolean true. The others are taken from it: many name addresses that are somebody else's, and
    none of these may be stored or compared. Raises ThirdPartyMisbehaved where the subject is not
    text.
    """
    believed = is_trusted(login) and _says_verified_only_as_boolean(login.account.extra_data)
    login.email_addresses = [
        address for address in login.email_addresses if believed and address.verified is True
    ]
    login.account.extra_data = storable(without_secrets(login.account.extra_data))
    if login.account.uid != storable(login.account.uid):
        raise ThirdPartyMisbehaved("the subject is no text")


def text(data: dict[str, Any], name: str) -> str:
    """Return a claim that has to be text, "" where there is none. Raises ThirdPartyMisbehaved."""
    value = data.get(name) or ""
    if not isinstance(value, str):
        raise ThirdPartyMisbehaved(f"{name} is not a string")
    return value.strip()


def _says_verified_only_as_boolean(data: Any) -> bool:
    if isinstance(data, list):
        return all(_says_verified_only_as_boolean(item) for item in data)
    if not isinstance(data, dict):
        return True
    return all(
        isinstance(value, bool)
        if _plain(name) in _VERIFIED
        else _says_verified_only_as_boolean(value)
        for name, value in data.items()
    )


def without_secrets(data: Any) -> Any:
    """Return a copy of a profile without any token or secret that came along with it."""
    if isinstance(data, list):
        return [without_secrets(item) for item in data]
    if not isinstance(data, dict):
        return data
    return {
        name: without_secrets(value)
        for name, value in data.items()
        if _plain(name) not in _SECRET or isinstance(value, dict)
    }


def _plain(name: Any) -> str:
    return str(name).replace("_", "").replace("-", "").lower()
