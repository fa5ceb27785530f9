"""Limit how often people may try to sign in. allauth's own limits are off (ACCOUNT_RATE_LIMITS).

What is sent to the pages of the entrance counts by network address, with a ceiling that many people
who share one do not reach; what is guessed or mailed counts by account besides. Whoever reaches
either stops strangers, and not the owner's own browsers: these count for themselves, and for
nobody else (known_browsers.py).
"""

from django.http import HttpRequest

from accounts.limits import known_browsers
from accounts.limits.rate_limits import forget, hit, network_of, take_back
from accounts.text.email_addresses import comparable

# By the names of pages in the URLconf: what counts each form that is sent there. Pages on which
# nothing says whose sign-in it is, as those for codes, count by themselves: enter().
_AT_ENTRANCE = {
    **dict.fromkeys(("account_login", "account_request_login_code"), "sign_in"),
    **dict.fromkeys(("account_reset_password", "mfa_login_webauthn"), "sign_in"),
    **dict.fromkeys(("account_signup", "account_signup_by_passkey"), "sign_up"),
    **dict.fromkeys(("socialaccount_signup", "mfa_signup_webauthn"), "sign_up"),
}
# Of people who are signed in.
_OF_ACCOUNT = {
    **dict.fromkeys(("account_reauthenticate", "mfa_reauthenticate"), "reauthenticate"),
    **dict.fromkeys(("mfa_reauthenticate_webauthn", "reauthenticate_by_code"), "reauthenticate"),
    **dict.fromkeys(("account_change_password", "account_set_password"), "password"),
    "account_email": "addresses",
}


def count(request: HttpRequest) -> None:
    """Count a form that was sent to a page of the entrance, or one that changes an account."""
    page = request.resolver_match.view_name if request.resolver_match else ""
    if request.method != "POST":
        return
    if page in _AT_ENTRANCE:
        enter_by_form(request, _AT_ENTRANCE[page])
    elif page in _OF_ACCOUNT and request.user.is_authenticated:
        hit(request, "account_changes", _OF_ACCOUNT[page], str(request.user.pk))


def enter(request: HttpRequest, email: str, *, limit: str = "sign_in") -> None:
    """Count one form of whoever signs in with `email`."""
    hit(request, limit, *known_browsers.budget_for(request, email))


def enter_by_form(request: HttpRequest, limit: str) -> None:
    """Count one of whoever signs in with what is typed into the form, if anything is."""
    typed = request.POST.get("login") or request.POST.get("email") or ""
    enter(request, typed, limit=limit)


def count_mail(request: HttpRequest, what: str, email: str) -> None:
    """Count a letter of the kind `what` that somebody has sent to `email`, which anybody may."""
    own = known_browsers.budget_for(request, email)
    hit(request, "mail", what, *(own or (email,)))


class PasswordGuess:
    """Describe a password that is about to be compared with that of whoever has `email`."""

    def __init__(self, request: HttpRequest, email: str) -> None:
        """Count it. Raises LimitReached."""
        own = known_browsers.budget_for(request, email)
        self._counted: list[tuple[str, ...]] = [("password_guesses", *own)]
        if not own:
            by_network = ("sign_in_failures", network_of(request))
            self._counted = [by_network, _by_account(email)]
        for name, *who in self._counted:
            hit(request, name, *who)

    def was_right(self) -> None:
        for name, *who in self._counted:
            take_back(name, *who)


def forget_guesses(email: str) -> None:
    """Let everybody try anew: the account has another password."""
    name, *who = _by_account(email)
    forget(name, *who)


def _by_account(email: str) -> tuple[str, ...]:
    return ("password_guesses", comparable(email))
