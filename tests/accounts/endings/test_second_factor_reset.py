"""Second factors in Django admin, and their reset for whoever lost theirs."""

import io
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from accounts.models import SecurityEvent, Session, User
from tests.accounts.account_pages.proof import let_proof_expire
from tests.accounts.second_factors.authenticators import confirmed, given
from tests.accounts.second_factors.conftest import SECRET, at_localhost
from tests.upstream import TOTP, RecoveryCodes

__all__ = ["at_localhost"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_localhost")]


@pytest.fixture
def factors(alice: User, at_localhost: None) -> None:
    given(alice, name="Alices phone")
    TOTP.activate(alice, SECRET)


def admin(person: User, *, superuser: bool = True) -> Browser:
    person.is_staff, person.is_superuser = True, superuser
    person.save()
    if not superuser:
        rights = ("view_user", "change_user")
        person.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return confirmed(person)


def reset_url(person: User) -> str:
    return f"/admin/accounts/user/{person.pk}/second-factors/reset/"


@pytest.mark.parametrize("superuser", [True, False])
def test_an_admin_sees_which_factors_a_person_has_and_no_secret(
    factors: None, alice: User, bob: User, superuser: bool
) -> None:
    desk = admin(bob, superuser=superuser)
    page = desk.get(f"/admin/accounts/user/{alice.pk}/change/").content.decode()
    assert "Reset two-step verification" in page
    assert "TOTP" in page
    for row in Authenticator.objects.filter(user=alice):
        for held in ("secret", "seed", "credential"):
            assert held not in row.data or str(row.data[held])[:40] not in page


def test_allauths_own_page_of_them_is_gone(factors: None, bob: User) -> None:
    desk = admin(bob)
    row = Authenticator.objects.first()
    assert row
    for path in ("", "add/", f"{row.pk}/change/"):
        assert desk.get(f"/admin/mfa/authenticator/{path}").status_code == 404


def test_a_reset_is_asked_for_and_then_takes_all_factors_and_sessions(
    factors: None, alice: User, bob: User
) -> None:
    desk, hers = admin(bob), confirmed(alice)
    assert "removed permanently" in desk.get(reset_url(alice)).content.decode()
    assert Authenticator.objects.filter(user=alice).count() == 3
    answer = desk.post(reset_url(alice), follow=True)
    assert "Two-step verification was reset for" in answer.content.decode()
    assert not Authenticator.objects.filter(user=alice).exists()
    assert not Session.objects.filter(user=alice).exists()
    assert hers.get("/account/").status_code == 302
    assert LogEntry.objects.get().get_change_message() == "Two-step verification reset."
    told = SecurityEvent.objects.filter(user=alice, kind="second_factors_reset")
    assert told.get().actor == "admin"
    assert SecurityEvent.objects.filter(user=bob, kind="admin_person").exists()


@pytest.mark.django_db(transaction=True)
def test_the_person_is_told_of_a_reset_once(factors: None, alice: User, bob: User) -> None:
    desk = admin(bob)
    mail.outbox.clear()
    desk.post(reset_url(alice))
    told = [sent.subject for sent in mail.outbox if sent.to == [alice.email]]
    assert len(told) == 1
    assert "reset two-step verification" in told[0]


def test_only_a_superuser_resets_a_superuser(factors: None, alice: User, bob: User) -> None:
    alice.is_staff = alice.is_superuser = True
    alice.save()
    desk = admin(bob, superuser=False)
    assert desk.get(reset_url(alice)).status_code == 404
    assert desk.post(reset_url(alice)).status_code == 404
    assert Authenticator.objects.filter(user=alice).exists()


def test_whoever_may_only_look_resets_nobody(factors: None, alice: User, bob: User) -> None:
    desk = admin(bob, superuser=False)
    bob.user_permissions.set(Permission.objects.filter(codename="view_user"))
    assert desk.post(reset_url(alice)).status_code == 404
    assert Authenticator.objects.filter(user=alice).exists()


def test_nobody_but_admins_resets_and_nobody_their_own(
    factors: None, alice: User, mallory: User
) -> None:
    assert confirmed(mallory).post(reset_url(alice)).status_code == 302
    assert admin(alice).post(reset_url(alice)).status_code == 404
    assert Authenticator.objects.filter(user=alice).count() == 3


def test_an_admins_open_session_alone_resets_nobody(factors: None, alice: User, bob: User) -> None:
    desk = admin(bob)
    let_proof_expire(desk)
    assert desk.post(reset_url(alice))["Location"].startswith("/accounts/reauthenticate/")
    assert Authenticator.objects.filter(user=alice).exists()


def test_an_operator_resets_by_command(factors: None, alice: User) -> None:
    RecoveryCodes.activate(alice)
    out = io.StringIO()
    call_command("reset_second_factors", email="Alice@example.com", stdout=out)
    assert "Two-step verification was reset for Alice" in out.getvalue()
    assert not Authenticator.objects.exists()
    assert SecurityEvent.objects.get(kind="second_factors_reset").user == alice


def test_an_operator_who_mistypes_is_told(alice: User, factors: Any) -> None:
    with pytest.raises(CommandError, match="Nobody has"):
        call_command("reset_second_factors", email="alicia@example.com")
    assert Authenticator.objects.exists()
