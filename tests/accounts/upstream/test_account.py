"""What the names of allauth.account are relied on for (accounts/upstream/account.py)."""

import time
from typing import Any

import pytest
from allauth.account.authentication import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
)
from allauth.account.models import EmailAddress, Login
from allauth.account.stages import EmailVerificationStage, LoginByCodeStage
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser

from accounts.models import User
from accounts.upstream.account import (
    AUTHENTICATED_USER_KEY,
    EMAIL_CODE_KEY,
    PENDING_LOGIN_KEY,
    RESET_CODE_KEY,
    SUSPENDED_REQUEST_KEY,
    CodeVerification,
    EmailVerification,
    perform_login,
    raise_if_reauthentication_required,
    record_authentication,
    resume_request,
    suspend_function,
    suspend_request,
)


def test_record_authentication_keeps_the_method_and_the_time_under_the_known_keys(
    visit: HttpRequest, alice: User
) -> None:
    record_authentication(visit, alice, "mfa", type="totp", id=7)

    assert visit.session[AUTHENTICATED_USER_KEY] == str(alice.pk)
    (kept,) = visit.session[AUTHENTICATION_METHODS_SESSION_KEY]
    assert kept.pop("at") == pytest.approx(time.time(), abs=5)
    assert kept == {"method": "mfa", "type": "totp", "id": 7}
    assert get_authentication_records(visit, alice)[0]["method"] == "mfa"


def test_perform_login_signs_in_and_leads_to_where_the_login_says(
    visit: HttpRequest, alice: User
) -> None:
    answer = perform_login(visit, Login(user=alice, redirect_url="/accounts/email/"))

    assert answer["Location"] == "/accounts/email/"
    assert visit.user == alice


def test_perform_login_of_nobody_answers_as_for_a_new_address(visit: HttpRequest) -> None:
    """Relied on where a sign-up names an address that is taken."""
    answer = perform_login(visit, Login(user=None, email="alice@example.com", signup=True))

    assert answer["Location"].startswith("/accounts/confirm-email/")
    assert not visit.user.is_authenticated


@pytest.mark.django_db
def test_a_login_that_waits_for_a_code_by_mail_is_kept_under_the_pending_key() -> None:
    browser = Browser()
    browser.post("/accounts/login/code/", {"email": "nobody@example.com"})

    pending = browser.session[PENDING_LOGIN_KEY]
    assert pending["initiated_at"] == pytest.approx(time.time(), abs=5)
    state = pending["state"]["stages"][LoginByCodeStage.key]["data"]
    assert state["email"] == "nobody@example.com"
    assert {"at", "failed_attempts"} <= state.keys()


@pytest.mark.django_db
def test_a_sign_up_keeps_its_code_under_the_key_of_addresses() -> None:
    browser = Browser()
    form = {"email": "new@example.com", "password1": "a long walk in the rain"}
    browser.post("/accounts/signup/", form)

    state = browser.session[EMAIL_CODE_KEY]
    assert state["email"] == "new@example.com"
    assert state["code"]
    assert browser.session[PENDING_LOGIN_KEY]["state"]["stages"]["current"] == (
        EmailVerificationStage.key
    )


def test_a_reset_keeps_its_code_under_the_key_of_resets(alice: User) -> None:
    browser = Browser()
    browser.post("/accounts/password/reset/", {"email": alice.email})

    state = browser.session[RESET_CODE_KEY]
    assert (state["email"], state["user_id"]) == (alice.email, str(alice.pk))


class _Code(CodeVerification):
    kept = is_gone = False

    def persist(self) -> None:
        self.kept = True

    def send(self) -> None:
        """Nothing: it is the counting that is relied on."""

    def abort(self) -> None:
        self.is_gone = True


def _code(**state: Any) -> _Code:
    known = _Code.initial_state(None, "alice@example.com") | {"code": "ABC"} | state
    return _Code(state=known, timeout=60, max_attempts=2)


def test_a_code_is_forgotten_at_the_last_wrong_try() -> None:
    code = _code()

    assert code.code == "ABC"
    assert code.record_invalid_attempt()
    assert code.kept
    assert not code.is_gone
    assert not code.record_invalid_attempt()
    assert code.is_gone


def test_a_code_is_forgotten_when_it_is_too_old() -> None:
    assert _code().abort_if_invalid() is not None
    assert _code(at=time.time() - 61).abort_if_invalid() is None


def test_the_code_of_an_address_is_made_kept_and_aborted(visit: HttpRequest) -> None:
    state = EmailVerification.initial_state(None, "new@example.com")
    process = EmailVerification(visit, state)
    process.generate_code()
    process.persist()

    assert visit.session[EMAIL_CODE_KEY]["code"] == process.code
    assert (process.email, process.user) == ("new@example.com", None)
    process.abort()
    assert EMAIL_CODE_KEY not in visit.session


def test_the_code_of_an_address_knows_whose_it_is_to_become(
    visit: HttpRequest, alice: User
) -> None:
    process = EmailVerification(visit, EmailVerification.initial_state(alice, "new@example.com"))

    assert process.user == alice
    assert isinstance(process.email_address, EmailAddress)
    assert process.email_address.email == "new@example.com"


def test_reauthentication_is_required_until_it_was_recorded(
    visit: HttpRequest, alice: User
) -> None:
    with pytest.raises(ReauthenticationRequired):
        raise_if_reauthentication_required(visit, app="account")
    visit.user = alice
    record_authentication(visit, alice, "password")
    with pytest.raises(ReauthenticationRequired):
        raise_if_reauthentication_required(visit, app="account")
    record_authentication(visit, alice, "password", reauthenticated=True)
    raise_if_reauthentication_required(visit, app="account")


def test_a_suspended_form_is_kept_and_sent_when_it_is_resumed(
    visit: HttpRequest, alice: User
) -> None:
    visit.path = visit.path_info = visit.POST["next"]
    answer = suspend_request(visit, "/accounts/reauthenticate/")
    assert answer["Location"].startswith("/accounts/reauthenticate/?next=")
    assert "request" in visit.session[SUSPENDED_REQUEST_KEY]

    visit.user = alice
    assert resume_request(visit) is not None
    assert SUSPENDED_REQUEST_KEY not in visit.session


def resumed(request: HttpRequest, state: dict[str, Any]) -> HttpResponse:
    """Answer when allauth calls it by its name."""
    return HttpResponse(state["said"])


def test_a_suspended_function_is_called_by_name_when_it_is_resumed(visit: HttpRequest) -> None:
    answer = suspend_function(visit, {"said": "here I am"}, f"{__name__}.resumed")
    assert answer["Location"] == "/accounts/reauthenticate/"
    assert "callback" in visit.session[SUSPENDED_REQUEST_KEY]

    answer = resume_request(visit)
    assert answer is not None
    assert answer.content == b"here I am"
