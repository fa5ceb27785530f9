"""What the names of allauth.core are relied on for (accounts/upstream/core.py)."""

from allauth.core import ratelimit
from django.core.cache import cache
from django.http import HttpRequest
from django.test import override_settings

from accounts.upstream.core import compare_user_code, get_cache_key, get_rates

LIMITS = {"reset_password": "3/2m/ip,5/1h/key"}


@override_settings(ACCOUNT_RATE_LIMITS=LIMITS)
def test_get_rates_reads_a_limit_as_amount_seconds_and_what_it_counts_by() -> None:
    rates = get_rates(app="allauth.account", action="reset_password")

    told = [(rate.amount, rate.duration, rate.per) for rate in rates]
    assert told == [(3, 120, "ip"), (5, 3600, "key")]


@override_settings(ACCOUNT_RATE_LIMITS=LIMITS)
def test_get_cache_key_says_where_attempts_are_counted_the_newest_first(
    visit: HttpRequest,
) -> None:
    for _ in range(2):
        ratelimit.consume(visit, action="reset_password", key="alice@example.com")

    for rate in get_rates(app="allauth.account", action="reset_password"):
        known = {"app": "allauth.account", "action": "reset_password", "rate": rate}
        attempts = cache.get(get_cache_key(visit, **known, key="alice@example.com"))
        assert len(attempts) == 2
        assert attempts[0] >= attempts[1]


def test_compare_user_code_minds_neither_spaces_nor_hyphens_nor_case() -> None:
    assert compare_user_code(actual="123 456", expected="123456")
    assert compare_user_code(actual="ab-cd", expected="ABCD")
    assert not compare_user_code(actual="", expected="")
    assert not compare_user_code(actual="１２３456", expected="123456")
