"""Decide what is believed of a third party's claims about a person, whichever provider it is.

allauth's providers differ in what they take for "verified": some turn any text into true, "false"
too, and Apple's keeps tokens among what it stores of a profile. Both are put right here, once.
"""

from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialLogin

from accounts.text.cleaning import storable
from accounts.third_parties.errors import ThirdPartyMisbehaved
from accounts.third_parties.registration import TRUSTED_EMAIL, takes_true_as_text

_VERIFIED = {"verified", "emailverified", "verifiedemail", "isemailverified"}
_SECRET = {"accesstoken", "refreshtoken", "idtoken", "token", "tokensecret", "clientsecret"}


def is_trusted(login: SocialLogin) -> bool:
    """Return whether an admin marked the provider's e-mail addresses as proof of who someone is."""
    app = login.provider.app
    return app is not None and app.settings.get(TRUSTED_EMAIL) is True


def harden(login: SocialLogin) -> None:
    """Take back what `login` should not claim: tokens in the profile, addresses not proven.

    An address counts as verified only if the provider is trusted, said so, and said it with the
    boolean true (or the text "true", where that is chosen or known of it). The others are taken
    from it: many name addresses that are somebody else's, and none of these may be stored or
    compared. Raises ThirdPartyMisbehaved where the subject is not text.
    """
    login.email_addresses = [
        address
        for address in login.email_addresses
        if is_trusted(login) and _is_proven(login, address)
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


def _is_proven(login: SocialLogin, address: EmailAddress) -> bool:
    """Return whether the provider says that it has verified `address`.

    What allauth made of it is not enough: to some of its providers the text "false" is true.
    """
    app, said = login.provider.app, list(_said_of_verified(login.account.extra_data))
    if all(isinstance(value, bool) for value in said):
        return address.verified is True
    if not takes_true_as_text(app):
        return False
    # One text for one address: which of several a text is about, nobody has documented.
    is_said = all(value is True or value == "true" for value in said)
    return is_said and len(login.email_addresses) == 1


def _said_of_verified(data: Any) -> Iterator[Any]:
    """Yield each value of a profile that is there to say whether something is verified."""
    if isinstance(data, list):
        for item in data:
            yield from _said_of_verified(item)
    if not isinstance(data, dict):
        return
    for name, value in data.items():
        if _plain(name) in _VERIFIED:
            yield value
        else:
            yield from _said_of_verified(value)


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
