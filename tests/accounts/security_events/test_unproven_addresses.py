"""Mail about an account goes to addresses that were shown to be its person's, and to no others."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client as Browser

from accounts.models import User
from tests.accounts.account_pages.proof import signed_in
from tests.accounts.security_events.events import Event, recorded
from tests.conftest import PASSWORD

# Mail follows the commit, so there has to be one.
pytestmark = pytest.mark.django_db(transaction=True)

SECOND = "alice@second.example"
NEW = "a fresh correct horse battery"
NOT_MAILED = "You have no verified e-mail address, so we cannot alert you by e-mail."


@pytest.fixture
def desk(desk: Browser) -> Browser:
    mail.outbox.clear()
    return desk


def change(desk: Browser, person: User, **fields: Any) -> None:
    """Save the person's page in Django admin, with `fields`."""
    form = {"email": person.email, "name": person.name, "is_active": "on", **fields}
    prefix = "emailaddress_set"
    form |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    answer = desk.post(f"/admin/accounts/user/{person.pk}/change/", form)
    assert answer.status_code == 302, answer.content.decode()


def change_password(browser: Browser) -> None:
    browser.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    )


def told() -> list[str]:
    return [message.to[0] for message in mail.outbox]


def test_whoever_has_not_typed_the_code_yet_is_mailed_nothing_but_codes(
    client: Browser, desk: Browser
) -> None:
    client.post("/accounts/signup/", {"email": "stranger@example.com", "password1": NEW})
    squatted = User.objects.get(email="stranger@example.com")
    change(desk, squatted, name="Somebody")
    cache.clear()
    client.post("/accounts/login/", {"login": squatted.email, "password": NEW})
    assert recorded(Event.CHANGED_BY_ADMIN)
    assert [message.subject for message in mail.outbox] == [
        "Verify your e-mail address for Latchkey"
    ] * len(mail.outbox)


def test_a_person_whom_an_admin_made_is_mailed_a_link_alone_before_they_came(
    desk: Browser,
) -> None:
    form = {"email": "carol@example.com", "is_active": "on"}
    prefix = "emailaddress_set"
    form |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    desk.post("/admin/accounts/user/add/", form)
    carol = User.objects.get(email="carol@example.com")
    assert told() == ["carol@example.com"]
    mail.outbox.clear()
    change(desk, carol, name="Carol")
    assert told() == []
    assert recorded(Event.CHANGED_BY_ADMIN)[-1][1] == "Carol"


def test_where_the_main_address_is_not_proven_those_that_are_get_the_mail(alice: User) -> None:
    EmailAddress.objects.filter(user=alice).update(verified=False)
    for email in (SECOND, "alice@third.example"):
        EmailAddress.objects.create(user=alice, email=email, verified=True)
    browser = signed_in(alice)
    mail.outbox.clear()
    change_password(browser)
    assert told() == [SECOND, "alice@third.example"]
    assert NOT_MAILED not in browser.get("/account/activity/").content.decode()


def test_an_added_address_gets_nothing_before_its_code(alice: User) -> None:
    browser = signed_in(alice)
    browser.post("/accounts/email/", {"action_add": "", "email": SECOND})
    mail.outbox.clear()
    change_password(browser)
    assert told() == [alice.email]


def test_a_main_address_that_an_admin_typed_in_is_told_to_the_one_before(
    desk: Browser, alice: User
) -> None:
    change(desk, alice, email="mallory@evil.example")
    assert told() == ["alice@example.com"]
    change_password(signed_in(User.objects.get(pk=alice.pk)))
    assert "mallory@evil.example" not in told()


def test_who_has_no_proven_address_reads_it_in_the_activity(
    alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    EmailAddress.objects.filter(user=alice).update(verified=False)
    browser = signed_in(alice)
    mail.outbox.clear()
    change_password(browser)
    assert mail.outbox == []
    assert "no address of theirs is verified" in caplog.text
    page = browser.get("/account/activity/").content.decode()
    assert NOT_MAILED in page
    assert "You changed your password" in page
    assert "You have no verified e-mail address, so we cannot alert you" in " ".join(
        browser.get("/account/").content.decode().split()
    )
