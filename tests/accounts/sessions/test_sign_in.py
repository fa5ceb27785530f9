"""The facts of a sign-in: from a row and back, into claims, and against what is demanded."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.sessions.sign_in import ONE_FACTOR, TWO_FACTORS, SignIn

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
COMPLETE = SignIn(NOON, ("mfa", "otp", "pwd"), "session")


@pytest.mark.parametrize("sign_in", [COMPLETE, SignIn(NOON, (), ""), SignIn()])
def test_it_comes_back_from_its_columns_as_it_was(sign_in: SignIn) -> None:
    assert SignIn.from_columns(**sign_in.columns()) == sign_in


def test_a_time_that_does_not_say_so_is_utc() -> None:
    assert SignIn.from_columns(NOON.replace(tzinfo=None), "").auth_time == NOON


def test_an_id_token_is_told_nothing_that_is_not_known() -> None:
    told = {"auth_time": int(NOON.timestamp()), "amr": ["mfa", "otp", "pwd"], "sid": "session"}
    assert COMPLETE.claims() == told
    assert SignIn().claims() == {}


@pytest.mark.parametrize(
    ("sign_in", "acrs"),
    [
        (COMPLETE, (ONE_FACTOR, TWO_FACTORS)),
        (SignIn(NOON, ("pwd",)), (ONE_FACTOR,)),
        (SignIn(NOON, ("mfa2", "notmfa")), (ONE_FACTOR,)),
        (SignIn(NOON), (ONE_FACTOR,)),
        (SignIn(None, ("fed",)), (ONE_FACTOR,)),
        (SignIn(), ()),
    ],
)
def test_who_showed_two_factors_has_shown_one_and_who_was_never_here_none(
    sign_in: SignIn, acrs: tuple[str, ...]
) -> None:
    assert sign_in.acrs == acrs
    assert sign_in.acr == (acrs[-1] if acrs else "")


def test_a_sign_in_is_too_old_once_it_is_longer_ago_than_that() -> None:
    recent = SignIn(timezone.now() - timedelta(seconds=50))
    assert not recent.is_older_than(60)
    assert recent.is_older_than(40)
    assert SignIn().is_older_than(10**9)
