"""People invite others, where the site lets them."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts.endings import deletion
from accounts.entrance.mailed_links import inviters
from accounts.models import Invitation, SecurityEvent, User
from accounts.models.event_kinds import Actor, Event
from tests.accounts.account_pages.proof import signed_in
from tests.accounts.entrance.mailed_links.test_invitations import (
    CAROL,
    invited,
    mailed_link,
    opened,
    owner,
)
from tests.accounts.entrance.mailed_links.test_invitations import sign_up as sign_up_by
from tests.accounts.second_factors.authenticators import confirmed

pytestmark = pytest.mark.django_db

PAGE = "/account/invitations/"
Commit = Callable[..., Any]


@pytest.fixture(autouse=True)
def by_people(settings: Any) -> None:
    settings.SIGN_UP, settings.INVITATIONS = "invited", "people"


@pytest.fixture
def bob(bob: User) -> User:
    """Somebody who has been here for a while."""
    return _since(bob, days=30)


@pytest.fixture
def mallory(mallory: User) -> User:
    return _since(mallory, days=30)


@pytest.fixture
def browser(bob: User) -> Browser:
    return of(bob)


@pytest.fixture
def commit(django_capture_on_commit_callbacks: Commit) -> Commit:
    return lambda: django_capture_on_commit_callbacks(execute=True)


def _since(person: User, *, days: int) -> User:
    person.date_joined = timezone.now() - timedelta(days=days)
    person.save()
    return person


def of(person: User) -> Browser:
    browser = Browser()
    browser.force_login(person)
    return browser


def send(browser: Browser, *addresses: str) -> Any:
    return browser.post(PAGE, {"addresses": "\n".join(addresses)})


def letters() -> int:
    return len([letter for letter in mail.outbox if letter.to == [CAROL]])


def act(browser: Browser, what: str, invitation: Invitation) -> Any:
    return browser.post(reverse(f"account_invitation_{what}", args=[invitation.pk]))


def test_a_person_invites_and_whoever_opens_the_link_gets_an_account(
    browser: Browser, bob: User, commit: Commit
) -> None:
    with commit():
        assert send(browser, f"<{CAROL}>; Dave@EXAMPLE.com", CAROL)["Location"] == PAGE
    assert [letter.to for letter in mail.outbox] == [[CAROL], ["dave@example.com"]]
    assert f"Bob ({bob.email}) invited you" in str(mail.outbox[0].body)
    page = browser.get(PAGE).content.decode()
    assert page.count("Waiting until") == 2
    sent = SecurityEvent.objects.filter(user=bob, kind=Event.INVITATION_SENT, actor=Actor.PERSON)
    assert {event.details["email"] for event in sent} == {CAROL, "dave@example.com"}
    mail.outbox.pop()
    sign_up_by(opened(mailed_link()))
    assert Invitation.objects.get(email=CAROL).used_by == owner(CAROL)
    assert "Accepted" in browser.get(PAGE).content.decode()
    assert 'href="/account/invitations/"' in browser.get("/account/").content.decode()


@pytest.mark.parametrize(("invitations", "sign_up"), [("admins", "invited"), ("people", "closed")])
def test_where_people_may_not_invite_there_is_no_page_and_their_links_end(
    browser: Browser, settings: Any, commit: Commit, invitations: str, sign_up: str
) -> None:
    with commit():
        send(browser, CAROL)
    settings.INVITATIONS, settings.SIGN_UP = invitations, sign_up
    invitation = Invitation.objects.get()
    answers = [browser.get(PAGE), send(browser, "x@example.com")]
    answers += [act(browser, what, invitation) for what in ("send", "withdraw")]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert PAGE not in browser.get("/account/").content.decode()
    assert Browser().get(mailed_link()).status_code == 404
    assert invitation.state == "ended"


def test_each_address_that_is_wrong_is_named_and_nothing_is_lost(browser: Browser) -> None:
    page = send(browser, CAROL, "carol", "@example").content.decode()
    assert "“carol” is not an e-mail address." in page
    assert "“@example” is not an e-mail address." in page
    assert f"{CAROL}\ncarol\n@example</textarea>" in page
    assert "Enter an e-mail address." in send(browser).content.decode()
    assert not Invitation.objects.exists()


def test_nothing_tells_whether_an_address_has_an_account(
    browser: Browser, alice: User, commit: Commit
) -> None:
    """The mail alone does, to whoever reads it, and it holds no link that would be accepted."""
    with commit():
        answers = [send(browser, email) for email in (alice.email, CAROL)]
    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1
    to_alice, to_carol = (
        next(str(letter.body) for letter in mail.outbox if letter.to == [email])
        for email in (alice.email, CAROL)
    )
    assert ("already have an account" in to_alice, "token=" in to_alice) == (True, False)
    assert ("already have an account" in to_carol, "token=" in to_carol) == (False, True)
    for row in (alice.email, CAROL):
        assert Invitation.objects.get(email=row).state == "waiting"
    page = browser.get(PAGE).content.decode()
    assert page.count("Waiting until") == 2


def test_nobody_ends_or_learns_of_what_somebody_else_sent(
    browser: Browser, alice: User, mallory: User, commit: Commit
) -> None:
    by_admin = invited(alice, CAROL, lambda **_: commit())
    with commit():
        send(browser, CAROL)
    by_bob, theirs = mailed_link(), Invitation.objects.get(made_by__name="Bob")
    with commit():
        assert CAROL not in of(mallory).get(PAGE).content.decode()
        send(of(mallory), CAROL)
        for what in ("send", "withdraw"):
            act(of(mallory), what, theirs)
    for link in (by_admin, by_bob):
        assert Browser().get(link).status_code == 302
    assert letters() == 3


def test_a_link_that_is_sent_again_ends_the_former_and_a_withdrawn_one_is_over(
    browser: Browser, bob: User, commit: Commit
) -> None:
    with commit():
        send(browser, CAROL)
    first, invitation = mailed_link(), Invitation.objects.get()
    with commit():
        act(browser, "send", invitation)
    second = mailed_link()
    assert [Browser().get(link).status_code for link in (first, second)] == [404, 302]
    act(browser, "withdraw", invitation)
    assert Browser().get(second).status_code == 404
    with commit():
        act(browser, "send", invitation)
    assert letters() == 2
    kinds = SecurityEvent.objects.filter(user=bob, kind__startswith="invitation")
    assert list(kinds.order_by("pk").values_list("kind", flat=True)) == [
        *("invitation_sent", "invitation_sent", "invitation_withdrawn")
    ]


def test_the_limits_of_a_day_and_of_those_that_wait_hold(browser: Browser, settings: Any) -> None:
    settings.INVITATIONS_A_DAY, settings.INVITATIONS_WAITING = 4, 2
    assert "Enter 4 addresses at most" in send(browser, *"abcde").content.decode()
    send(browser, "a@example.com", "b@example.com")
    assert "Only 2 invitations can wait" in send(browser, "c@example.com").content.decode()
    act(browser, "send", Invitation.objects.get(email="a@example.com"))
    act(browser, "withdraw", Invitation.objects.get(email="a@example.com"))
    page = send(browser, "c@example.com", "d@example.com").content.decode()
    assert "You can send 1 more invitation today" in page
    send(browser, "c@example.com")
    act(browser, "withdraw", Invitation.objects.get(email="c@example.com"))
    assert "You can send 4 invitations a day" in send(browser, "d@example.com").content.decode()
    assert Invitation.objects.count() == 3


def test_an_address_is_mailed_by_all_together_a_few_times_a_day(
    browser: Browser, mallory: User, settings: Any, commit: Commit
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"invitations_to_address": "2/d"}
    with commit():
        send(of(mallory), CAROL)
        act(of(mallory), "send", Invitation.objects.get())
        page = send(browser, CAROL).content.decode()
    assert "was invited several times lately" in page
    assert letters() == 2


@pytest.mark.parametrize("why", ["new", "not proven"])
def test_an_account_that_is_new_or_has_no_proven_address_invites_nobody(
    browser: Browser, bob: User, why: str
) -> None:
    send(browser, "dave@example.com")
    if why == "new":
        _since(bob, days=6)
    else:
        EmailAddress.objects.filter(user=bob).update(verified=False)
    words = "You can invite people from" if why == "new" else "verify your e-mail address first"
    assert words in browser.get(PAGE).content.decode()
    send(browser, CAROL)
    act(browser, "send", Invitation.objects.get(email="dave@example.com"))
    assert SecurityEvent.objects.filter(kind=Event.INVITATION_SENT).count() == 1


def test_the_invitations_of_somebody_who_is_blocked_end(
    browser: Browser, bob: User, commit: Commit
) -> None:
    with commit():
        send(browser, CAROL)
    visitor = opened(mailed_link())
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert Browser().get(mailed_link()).status_code == 404
    assert sign_up_by(visitor).status_code == 403


def test_those_of_somebody_who_is_deleted_go_and_whom_they_brought_stays(
    browser: Browser, bob: User, commit: Commit
) -> None:
    with commit():
        send(browser, "dave@example.com", CAROL)
    sign_up_by(opened(mailed_link()))
    deletion.delete(bob, actor=Actor.PERSON)
    (left,) = Invitation.objects.all()
    assert (left.email, left.made_by, left.used_by) == (CAROL, None, owner(CAROL))


def test_events_forget_an_address_whose_owner_is_deleted(
    browser: Browser, bob: User, alice: User
) -> None:
    send(browser, alice.email)
    deletion.delete(alice, actor=Actor.PERSON)
    assert SecurityEvent.objects.get(user=bob, kind=Event.INVITATION_SENT).details == {}
    assert not Invitation.objects.exists()


def test_an_export_holds_them(bob: User) -> None:
    browser = signed_in(bob)
    send(browser, CAROL)
    (held,) = json.loads(browser.post("/account/export/").getvalue())["invitations"]
    assert (held["email"], held["state"]) == (CAROL, "waiting")


def test_admins_see_who_invited_and_what_they_do_is_told_to_them(
    browser: Browser, bob: User, alice: User, commit: Commit
) -> None:
    alice.is_staff = alice.is_superuser = True
    alice.save()
    desk, pages = confirmed(alice), "/admin/accounts/invitation/"
    send(browser, CAROL)
    assert "Bob" in desk.get(pages, {"is_by_person__exact": "1"}).content.decode()
    chosen = {"_selected_action": [Invitation.objects.get().pk]}
    with commit():
        desk.post(pages, {"action": "send_again", **chosen})
        desk.post(pages, {"action": "withdraw", **chosen})
    assert "Bob" in str(mail.outbox[-1].body)
    page = browser.get("/account/activity/").content.decode()
    assert f"An admin of this site withdrew your invitation for {CAROL}" in page
    done = SecurityEvent.objects.filter(user=alice, kind=Event.ADMIN_INVITATION)
    assert {event.details["message"] for event in done} == {"Sent again", "Withdrawn"}


@pytest.mark.parametrize(
    ("name", "is_said"),
    [
        *(("Bob", True), ("Dr. Anna-Maria O’Neill", True), ("محمد علي", True), ("李小龍", True)),
        *(("", False), ("evil.example", False), ("Bob https://evil.example", False)),
        *(("Your account was blocked so call", False), ("B" * 41, False), ("Bob 555-0100", False)),
        *(
            ("PayPaI Support", False),
            ("Latchkey Team", False),
            ("Воb", False),
            ("Bob\u202e", False),
        ),
    ],
)
def test_a_name_that_could_deceive_is_not_mailed(name: str, is_said: bool) -> None:
    assert inviters.may_be_said(name) is is_said
