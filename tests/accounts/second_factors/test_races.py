"""Second factors that a person makes in two browsers at the same moment."""

from functools import partial

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from accounts.models import User
from accounts.models.event_kinds import Event
from tests.accounts.second_factors import authenticators
from tests.accounts.test_races import a_tab_of, browsers_of, count, race
from tests.upstream import RecoveryCodes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_localhost")]


def test_a_passkey_that_is_added_in_two_tabs_is_added_once(alice: User) -> None:
    browser = authenticators.confirmed(alice)
    browser.raise_request_exception = False
    address = reverse("mfa_add_webauthn")
    device = authenticators.Device(name="Alice")
    options = browser.get(address).context["js_data"]["creation_options"]
    made = {"name": "Phone", "credential": device.make(options)}
    race(
        ('INSERT INTO "mfa_authenticator"',),
        *(partial(a_tab_of(browser).post, address, made) for _ in range(2)),
    )
    kind = Authenticator.Type.WEBAUTHN
    assert Authenticator.objects.filter(user=alice, type=kind).count() == 1
    assert count(Event.PASSKEY_ADDED) == 1


def test_recovery_codes_that_are_made_twice_at_once_are_one_set(alice: User) -> None:
    authenticators.given(alice)
    address = reverse("mfa_generate_recovery_codes")
    steps = [partial(browser.post, address) for browser in browsers_of(alice)]
    race(('INSERT INTO "mfa_authenticator"', 'UPDATE "mfa_authenticator"'), *steps)
    kind = Authenticator.Type.RECOVERY_CODES
    assert Authenticator.objects.filter(user=alice, type=kind).count() == 1
    assert count(Event.RECOVERY_CODES_MADE) in {1, 2}


def test_recovery_codes_made_anew_in_two_browsers_are_one_set(alice: User) -> None:
    authenticators.given(alice)
    RecoveryCodes.activate(alice)
    address = reverse("mfa_generate_recovery_codes")
    steps = [partial(browser.post, address) for browser in browsers_of(alice)]
    race(('INSERT INTO "mfa_authenticator"', 'DELETE FROM "mfa_authenticator"'), *steps)
    kind = Authenticator.Type.RECOVERY_CODES
    assert Authenticator.objects.filter(user=alice, type=kind).count() == 1
