"""The page of a person in Django admin: what there is of them, and what can be done about it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import AccountLink, SecurityEvent, Session, User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import AccessToken, Authorization, PersonalToken
from tests.accounts.admin.scene import desk_of, fill, permission
from tests.accounts.admin.table import ACTS
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app as photo_album
from tests.accounts.second_factors.conftest import SECRET
from tests.upstream import TOTP

__all__ = ["photo_album"]

pytestmark = pytest.mark.django_db

SHOWN = ("Authorization", "PersonalToken")


def page_of(person: User, more: str = "change/") -> str:
    return f"/admin/accounts/user/{person.pk}/{more}"


@pytest.fixture
def desk(mallory: User) -> Browser:
    """Of Mallory, who may manage people."""
    return desk_of(mallory, *(permission(each, "accounts.User") for each in ("view", "change")))


@pytest.fixture
def chief(bob: User) -> Browser:
    """Of Bob, a superuser."""
    bob.is_superuser = True
    return desk_of(bob)


@pytest.fixture
def hers(alice: User) -> Browser:
    browser = Browser(
        headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"}
    )
    browser.force_login(alice)
    browser.get("/account/")
    return browser


def said(answer: Any) -> list[str]:
    return [str(each) for each in answer.context["messages"]]


def kinds(person: User) -> list[str]:
    events = SecurityEvent.objects.filter(user=person, actor=Actor.ADMIN).order_by("pk")
    return list(events.values_list("kind", flat=True))


def test_it_shows_what_there_is_of_a_person_and_no_secret(
    photo_album: App, chief: Browser, hers: Browser, alice: User
) -> None:
    fill(photo_album, alice)
    page = chief.get(page_of(alice))
    titles = [section.title for section in page.context["sections"]]
    assert titles == [
        *("Sessions", "Connections", "Apps", "Personal access tokens", "Events", "Invitations"),
    ]
    words = page.content.decode()
    for shown in ("Firefox", "127.0.0.1", "uid-of-Alice", "Photo Album", "Backup", "Code redeemed"):
        assert shown in words
    assert f"/admin/accounts/securityevent/?q={alice.sub}" in words
    keys = Session.objects.filter(user=alice).values_list("session_key", flat=True)
    for secret in (*keys, PersonalToken.objects.get().digest, alice.password):
        assert secret not in words


def test_a_long_list_is_cut_and_costs_no_more_statements(
    chief: Browser, alice: User, django_assert_max_num_queries: Any
) -> None:
    def tokens(*numbers: int) -> None:
        for number in numbers:
            PersonalToken.objects.issue(
                alice,
                name=f"Token {number:02}",
                scopes=frozenset({"profile"}),
                expires=timezone.now() + timedelta(days=1),
            )

    tokens(0)
    with django_assert_max_num_queries(80) as few:
        chief.get(page_of(alice))
    tokens(*range(1, 25))
    with django_assert_max_num_queries(len(few) + 1) as many:
        page = chief.get(page_of(alice)).content.decode()
    assert len(many) <= len(few) + 1
    assert "The newest 20 of 25." in page
    assert page.count("?person=") == 20


def test_who_may_only_view_sees_no_button_and_no_other_rows(
    photo_album: App, mallory: User, alice: User, hers: Browser
) -> None:
    fill(photo_album, alice)
    desk = desk_of(mallory, permission("view", "accounts.User"))
    page = desk.get(page_of(alice))
    assert [section.title for section in page.context["sections"]] == ["Sessions"]
    words = page.content.decode()
    for act in ("/deactivate/", "/end/", "?person="):
        assert act not in words
    mallory.user_permissions.add(
        *(permission("view", f"oauth_server.{each}") for each in SHOWN),
        permission("view", "accounts.SecurityEvent"),
    )
    page = desk.get(page_of(alice))
    titles = [section.title for section in page.context["sections"]]
    assert titles == ["Sessions", "Apps", "Personal access tokens", "Events"]
    assert "?person=" not in page.content.decode()


@pytest.mark.parametrize("act", ACTS)
def test_nothing_is_done_but_by_who_may_to_whom_they_may(
    act: str, photo_album: App, mallory: User, alice: User, bob: User
) -> None:
    address = ACTS[act]
    for browser in (Browser(), desk_of(mallory, permission("view", "accounts.User"))):
        for ask in (browser.get, browser.post):
            assert ask(page_of(alice, address)).status_code in (302, 404)
    before = list(User.objects.order_by("pk").values("pk", "is_active"))
    bob.is_staff = True
    bob.save()
    desk = desk_of(mallory, permission("change", "accounts.User"))
    for person in (bob, mallory):
        for ask in (desk.get, desk.post):
            assert ask(page_of(person, address)).status_code == 404
    assert list(User.objects.order_by("pk").values("pk", "is_active")) == before


def test_one_session_is_ended_once(
    desk: Browser, mallory: User, hers: Browser, alice: User
) -> None:
    other = Browser()
    other.force_login(alice)
    sid = hers.session["sid"]
    address = page_of(alice, f"sessions/{sid}/end/")
    assert "will be signed out of Firefox" in desk.get(address).content.decode()
    assert Session.objects.filter(user=alice).count() == 2
    assert "Signed out of Firefox" in said(desk.post(address, follow=True))[0]
    assert hers.get("/account/").status_code == 302
    assert other.get("/account/").status_code == 200
    assert kinds(alice) == [Event.SESSION_ENDED, Event.CHANGED_BY_ADMIN]
    assert kinds(mallory) == [Event.ADMIN_PERSON]
    assert "Ended a session" in LogEntry.objects.get().change_message

    assert said(desk.post(address, follow=True)) == ["That session had ended already."]
    assert len(kinds(alice)) == 2


def test_all_sessions_are_ended_and_apps_keep_theirs(
    desk: Browser, hers: Browser, alice: User, photo_album: App
) -> None:
    photo_album.tokens_for(alice)
    address = page_of(alice, "sessions/end/")
    assert "Sessions: " in desk.get(address).content.decode()
    assert said(desk.post(address, follow=True))[0].startswith("Sessions ended: ")
    assert not Session.objects.filter(user=alice).exists()
    assert AccessToken.objects.filter(user=alice).exists()
    desk.post(address)
    assert kinds(alice) == [Event.SESSION_ENDED, Event.CHANGED_BY_ADMIN]


def test_an_account_is_switched_off_with_a_receipt_and_on_again(
    desk: Browser,
    mallory: User,
    hers: Browser,
    alice: User,
    photo_album: App,
    django_capture_on_commit_callbacks: Any,
) -> None:
    fill(photo_album, alice)
    off, on = page_of(alice, "deactivate/"), page_of(alice, "reactivate/")
    assert "All sessions end at once" in desk.get(off).content.decode()
    assert User.objects.get(pk=alice.pk).is_active
    with django_capture_on_commit_callbacks(execute=True):
        told = said(desk.post(off, follow=True))[0]
    (letter,) = mail.outbox
    assert (letter.to, "Deactivated." in letter.body) == ([alice.email], True)
    assert told.startswith("Alice was deactivated. Ended: ")
    assert "1 personal access token" in told
    assert not User.objects.get(pk=alice.pk).is_active
    held: list[Any] = [Session, Authorization, AccessToken, PersonalToken]
    for kind in held:
        assert not kind.objects.filter(user=alice).exists()
    assert kinds(alice) == [Event.EVERYTHING_ENDED, Event.CHANGED_BY_ADMIN]
    assert said(desk.post(off, follow=True)) == ["Alice was inactive already."]

    User.objects.update(delete_after=None)
    assert "able to sign in again" in desk.get(on).content.decode()
    assert said(desk.post(on, follow=True)) == ["Alice was reactivated."]
    assert said(desk.post(on, follow=True)) == ["Alice was active already."]
    assert User.objects.get(pk=alice.pk).is_active
    assert kinds(alice)[2:] == [Event.CHANGED_BY_ADMIN]
    assert kinds(mallory) == [Event.ADMIN_PERSON] * 2


def test_who_is_reactivated_is_not_deleted(desk: Browser, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False, delete_after=timezone.now())
    address = page_of(alice, "reactivate/")
    assert "asked for the account to be deleted" in desk.get(address).content.decode()
    desk.post(address)
    alice.refresh_from_db()
    assert (alice.is_active, alice.delete_after) == (True, None)
    assert kinds(alice) == [Event.DELETION_CANCELLED, Event.CHANGED_BY_ADMIN]


def test_what_an_app_holds_is_ended_on_the_way_back_to_the_person(
    chief: Browser, alice: User, photo_album: App
) -> None:
    fill(photo_album, alice)
    allowed = Authorization.objects.get(user=alice)
    end = f"/admin/oauth_server/authorization/{allowed.pk}/delete/?person={alice.pk}"
    assert end in chief.get(page_of(alice)).content.decode()
    answer = chief.post(end, {"post": "yes"})
    assert answer["Location"] == page_of(alice)
    assert not AccessToken.objects.filter(user=alice).exists()
    token = PersonalToken.objects.get(user=alice)
    end = f"/admin/oauth_server/personaltoken/{token.pk}/delete/"
    assert chief.post(f"{end}?person=//evil", {"post": "yes"})["Location"] == "/admin/"


# --- two-step verification ---


def test_a_second_step_is_required_of_one_person_at_once(
    desk: Browser, hers: Browser, alice: User, settings: Any
) -> None:
    settings.SECOND_FACTOR = "off"
    on, off = (page_of(alice, f"second-factors/{each}/") for each in ("require", "release"))
    assert "led to set one up before" in desk.get(on).content.decode()
    assert hers.get("/account/profile/").status_code == 200
    assert said(desk.post(on, follow=True)) == ["Alice needs two-step verification from now on."]
    assert hers.get("/account/profile/")["Location"].startswith("/account/second-factor/")
    assert hers.get("/account/second-factor/?next=/account/").status_code == 200
    assert said(desk.post(on, follow=True)) == ["It was required already."]
    assert "may remove their second factors" in desk.get(off).content.decode()
    desk.post(off, follow=True)
    assert hers.get("/account/profile/").status_code == 200
    assert said(desk.post(off, follow=True)) == ["It was not required."]
    assert kinds(alice) == [Event.CHANGED_BY_ADMIN] * 2


# --- a link to the account ---


@pytest.fixture
def mailed(django_capture_on_commit_callbacks: Any) -> Any:
    """Press a button, and return the address of the link that was mailed."""

    def press(desk: Browser, *request: Any) -> str:
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            desk.post(*request)
        found = [re.search(r"/accounts/link/\?token=\S+", each.body) for each in mail.outbox]
        return next((each[0] for each in found if each), "")

    return press


def signs_in(browser: Browser, link: str) -> bool:
    if browser.get(link).status_code != 302:
        return False
    browser.get("/accounts/link/")
    browser.post("/accounts/link/", {"action": "open"})
    return browser.get("/account/profile/").status_code == 200


def test_a_link_leads_back_into_the_account_once(desk: Browser, alice: User, mailed: Any) -> None:
    address = page_of(alice, "link/")
    assert "for 7 days" in desk.get(address).content.decode()  # she was never here
    User.objects.update(last_login=timezone.now())
    assert "for 1 day;" in desk.get(address).content.decode()
    former = mailed(desk, address)
    link = mailed(desk, address)
    assert [each.to for each in mail.outbox] == [[alice.email]] * len(mail.outbox)
    assert AccountLink.objects.get().digest not in link
    assert kinds(alice) == [Event.CHANGED_BY_ADMIN] * 2

    phone = Browser()
    assert phone.get(former).status_code == 404
    opened = phone.get(link)
    assert opened["Location"] == "/accounts/link/"
    page = phone.get("/accounts/link/").content.decode()
    assert alice.email in page
    assert AccountLink.objects.exists()  # looking uses nothing up
    assert phone.post("/accounts/link/", {"action": "open"})["Location"] == "/account/methods/"
    assert phone.get("/account/profile/").status_code == 200
    event = SecurityEvent.objects.filter(kind=Event.SIGN_IN).latest("pk")
    assert (event.user, event.outcome) == (alice, "succeeded")
    assert Browser().get(link).status_code == 404


def test_a_link_passes_by_no_second_step(desk: Browser, alice: User, mailed: Any) -> None:
    TOTP.activate(alice, SECRET)
    phone = Browser()
    assert not signs_in(phone, mailed(desk, page_of(alice, "link/")))
    assert phone.get("/accounts/2fa/authenticate/").status_code == 200


def test_a_link_ends_with_what_it_was_made_for(desk: Browser, alice: User, mailed: Any) -> None:
    address = page_of(alice, "link/")
    old = mailed(desk, address)
    AccountLink.objects.update(expires=timezone.now())
    assert not signs_in(Browser(), old)

    moved = mailed(desk, address)
    EmailAddress.objects.filter(user=alice).update(email="new@example.com")
    User.objects.filter(pk=alice.pk).update(email="new@example.com")
    assert not signs_in(Browser(), moved)

    ended = mailed(desk, address)
    desk.post(page_of(alice, "deactivate/"))
    desk.post(page_of(alice, "reactivate/"))
    assert not signs_in(Browser(), ended)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert mailed(desk, address) == ""
    assert not AccountLink.objects.exists()


def test_a_link_opens_nothing_in_the_browser_of_somebody_else(
    desk: Browser, alice: User, bob: User, mailed: Any
) -> None:
    """Nor signs it them out: Mallory could send Bob a link into an account of her own."""
    link, his = mailed(desk, page_of(alice, "link/")), Browser()
    his.force_login(bob)
    his.get(link)
    assert "signed in with another account" in his.get("/accounts/link/").content.decode()
    his.post("/accounts/link/", {"action": "open"})
    assert "bob@example.com" in his.get("/accounts/email/").content.decode()
    assert AccountLink.objects.exists()
    his.post("/accounts/link/", {"action": "forget"})
    assert his.get("/accounts/link/").status_code == 404
    assert signs_in(Browser(), link)


def test_who_is_added_is_mailed_a_link_to_set_the_account_up(mallory: User, mailed: Any) -> None:
    desk = desk_of(mallory, *(permission(e, "accounts.User") for e in ("view", "add")))
    form = {"email": "carol@example.com", "name": "Carol", "is_active": "on"}
    link = mailed(desk, "/admin/accounts/user/add/", form)
    carol = User.objects.get(email="carol@example.com")
    assert not carol.has_usable_password()
    assert mail.outbox[0].subject.startswith("Set up your account")
    assert mail.outbox[0].to == ["carol@example.com"]
    browser = Browser()
    assert signs_in(browser, link)
    assert EmailAddress.objects.get(user=carol).verified
    assert AccountLink.objects.count() == 0


def test_who_is_added_where_nobody_may_sign_up_gets_in_and_comes_back(
    settings: Any, mallory: User, mailed: Any
) -> None:
    settings.SIGN_UP = "closed"
    desk = desk_of(mallory, *(permission(e, "accounts.User") for e in ("view", "add")))
    form = {"email": "carol@example.com", "name": "Carol", "is_active": "on"}
    link = mailed(desk, "/admin/accounts/user/add/", form)
    browser = Browser()
    assert signs_in(browser, link)
    password = "correct battery staple of horses"
    told = browser.post(
        "/accounts/password/set/", dict.fromkeys(("password1", "password2"), password)
    )
    assert told.status_code == 302, told.content.decode()

    later = Browser()
    later.post("/accounts/login/", {"login": "carol@example.com", "password": password})
    assert later.get("/account/profile/").status_code == 200


@pytest.mark.parametrize("mode", ["closed", "invited"])
def test_who_invites_where_nobody_may_accept_is_told(
    settings: Any, mallory: User, mode: str
) -> None:
    settings.SIGN_UP = mode
    desk = desk_of(mallory, *(permission(e, "accounts.Invitation") for e in ("view", "add")))
    form = {"addresses": "carol@example.com"}
    page = desk.post("/admin/accounts/invitation/add/", form, follow=True).content.decode()
    assert ("Nobody may sign up here" in page) is (mode == "closed")
