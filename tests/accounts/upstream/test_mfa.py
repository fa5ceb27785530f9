"""What the names of allauth.mfa are relied on for (accounts/upstream/mfa.py, tests/upstream.py)."""

import time

import pytest
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from accounts.models import User
from accounts.upstream.mfa import (
    PASSKEY_STATE_KEY,
    accepted_time_steps,
    format_hotp_value,
    hotp_value,
    make_first_recovery_codes,
    passkey_creation_options,
    passkeys_of,
    record_authenticator_used,
)
from tests.accounts.second_factors import authenticators
from tests.accounts.second_factors.conftest import at_localhost
from tests.upstream import TOTP, RecoveryCodes

__all__ = ["at_localhost"]

# RFC 4226, appendix D: the secret and the first values.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
VALUES = ["755224", "287082", "359152", "969429", "338314"]


def test_hotp_values_are_those_of_rfc_4226() -> None:
    assert [format_hotp_value(hotp_value(SECRET, count)) for count in range(5)] == VALUES


def test_a_value_below_100000_keeps_its_zeros() -> None:
    assert format_hotp_value(42) == "000042"


def test_the_time_steps_that_are_accepted_stand_around_this_one() -> None:
    steps = list(accepted_time_steps())

    assert int(time.time()) // 30 in range(min(steps), max(steps) + 2)
    assert len(steps) <= 3


def test_an_authenticator_that_was_used_is_recorded_as_a_step_of_the_sign_in(
    visit: HttpRequest, alice: User
) -> None:
    row = TOTP.activate(alice, SECRET).instance
    record_authenticator_used(visit, row, passwordless=True)

    (step,) = get_authentication_records(visit, alice)
    assert (step["method"], step["type"], step["id"]) == ("mfa", "totp", row.pk)
    assert step["passwordless"]
    row.refresh_from_db()
    assert row.last_used_at is not None


def test_recovery_codes_are_made_with_the_first_authenticator_and_not_again(
    visit: HttpRequest, alice: User
) -> None:
    visit.user = alice

    made = make_first_recovery_codes(visit)
    assert made is not None
    assert made.type == Authenticator.Type.RECOVERY_CODES
    assert make_first_recovery_codes(visit) is None


def test_passkey_creation_options_ask_for_a_passkey_of_the_person(
    visit: HttpRequest, alice: User
) -> None:
    with context.request_context(visit):
        options = passkey_creation_options(alice, True)["publicKey"]

    assert options["user"]["name"]
    assert options["challenge"]
    assert options["authenticatorSelection"]["residentKey"] == "required"


def test_allauth_keeps_the_one_challenge_that_it_knows_in_the_session(
    visit: HttpRequest, alice: User
) -> None:
    with context.request_context(visit):
        options = passkey_creation_options(alice, True)["publicKey"]

    assert visit.session[PASSKEY_STATE_KEY]["challenge"] == options["challenge"]


@pytest.mark.usefixtures("visit", "at_localhost")
def test_passkeys_of_reads_the_credential_ids_that_a_person_has(alice: User) -> None:
    assert passkeys_of(alice) == []
    device = authenticators.given(alice)
    assert [known.credential_id for known in passkeys_of(alice)] == [device.id]


def test_tests_give_second_factors_that_the_site_accepts(alice: User) -> None:
    now = int(time.time()) // 30
    code = format_hotp_value(hotp_value(SECRET, now))

    assert TOTP.activate(alice, SECRET).validate_code(code)
    codes = RecoveryCodes.activate(alice)
    assert codes.validate_code(codes.get_unused_codes()[0])
