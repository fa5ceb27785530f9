"""What is tried at the entrance: planted sessions, forged forms, bent redirects, guessed people."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import SecurityEvent, Session, User
from tests.conftest import PASSWORD

EVIL = ["https://evil.example/", "//evil.example/", "/\\evil.example", "http:evil.example"]


def sign_in(browser: Browser, email: str, password: str = PASSWORD, **form: str) -> Any:
    return browser.post("/accounts/login/", {"login": email, "password": password} | form)


def words(response: Any) -> str:
    """The page without what differs each time: the form's token and the request's id."""
    page = response.content.decode()
    page = re.sub(r'csrfmiddlewaretoken" value="[^"]*"', "", page)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", page)


def test_a_session_that_was_planted_is_not_the_one_that_is_signed_in(alice: User) -> None:
    browser = Browser()
    browser.get("/accounts/login/")
    session = browser.session
    session["planted"] = "by Mallory"
    session.save()
    browser.cookies[settings.SESSION_COOKIE_NAME] = planted = session.session_key

    sign_in(browser, alice.email)

    assert browser.get("/account/").status_code == 200
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != planted
    mallory = Browser()
    mallory.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert mallory.get("/account/").status_code == 302


def test_signing_out_ends_the_session_itself(alice: User) -> None:
    browser = Browser()
    sign_in(browser, alice.email)
    kept = browser.cookies[settings.SESSION_COOKIE_NAME].value

    browser.post("/accounts/logout/")

    thief = Browser()
    thief.cookies[settings.SESSION_COOKIE_NAME] = kept
    assert thief.get("/account/").status_code == 302
    assert not Session.objects.filter(user=alice).exists()


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/login/",
        "/accounts/logout/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/email/",
        "/accounts/3rdparty/",
        "/account/sign-out-everywhere/",
        "/account/apps/1/remove/",
        "/oauth/authorize/decision/",
        "/oauth/device/",
        "/oauth/device/decision/",
    ],
)
def test_no_form_is_taken_from_another_site(alice: User, address: str) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(alice)

    assert browser.post(address, {}).status_code == 403


@pytest.mark.parametrize("evil", EVIL)
def test_nobody_is_sent_elsewhere_after_signing_in_or_out(alice: User, evil: str) -> None:
    browser = Browser()

    assert sign_in(browser, alice.email, next=evil)["Location"] == "/account/"
    signed_out = browser.post("/accounts/logout/", {"next": evil})
    assert signed_out["Location"] == "/accounts/login/"


def test_sign_in_does_not_tell_who_is_known(alice: User) -> None:
    known = sign_in(Browser(), alice.email, "wrong")
    unknown = sign_in(Browser(), "nobody@example.com", "wrong")

    assert known.status_code == unknown.status_code
    assert words(known).replace(alice.email, "") == words(unknown).replace("nobody@example.com", "")


@pytest.mark.parametrize(
    ("address", "field"),
    [("/accounts/password/reset/", "email"), ("/accounts/login/code/", "email")],
)
def test_reset_and_codes_do_not_tell_who_is_known(alice: User, address: str, field: str) -> None:
    known = Browser().post(address, {field: alice.email}, follow=True)
    unknown = Browser().post(address, {field: "nobody@example.com"}, follow=True)

    assert known.redirect_chain == unknown.redirect_chain
    assert words(known).replace(alice.email, "") == words(unknown).replace("nobody@example.com", "")


PEOPLE = [
    *("alice@example.com", "bob@example.com", "closed@example.com", "unproven@example.com"),
    "nobody@example.com",
]
WAYS_IN: dict[str, tuple[str, Callable[[str], dict[str, str]]]] = {
    "sign-in": ("/accounts/login/", lambda email: {"login": email, "password": "wrong"}),
    "code": ("/accounts/login/code/", lambda email: {"email": email}),
    "reset": ("/accounts/password/reset/", lambda email: {"email": email}),
    "sign-up": (
        "/accounts/signup/",
        lambda email: {"email": email, "password1": "another good long password"},
    ),
}
every_way_in = pytest.mark.parametrize("way", WAYS_IN)


@pytest.fixture
def people(alice: User, bob: User) -> None:
    """Alice, Bob who was switched off, somebody who closed their account, and somebody who never
    showed the address to be theirs. Nobody is nobody."""
    bob.is_active = False
    bob.save()
    for email, is_proven in (("closed@example.com", True), ("unproven@example.com", False)):
        person = User.objects.create_user(email, PASSWORD)
        person.emailaddress_set.create(email=email, verified=is_proven, primary=True)
    User.objects.filter(email="closed@example.com").update(
        is_active=False, delete_after=timezone.now()
    )


def traces(browser: Browser, address: str, form: dict[str, str] | None = None) -> tuple[Any, ...]:
    """What an answer shows to whoever may look at all of it but its words."""
    mail.outbox.clear()
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(address) if form is None else browser.post(address, form)
    # The cache's own vary with what is in it, and not with who is known.
    count = sum('"cache"' not in query["sql"] for query in queries)
    headers, cookies = sorted(answer.headers), sorted(answer.cookies)
    return (answer.status_code, answer.get("Location"), headers, cookies, count, len(mail.outbox))


@every_way_in
@pytest.mark.usefixtures("people")
def test_no_trace_of_an_answer_tells_who_is_known(way: str) -> None:
    address, form = WAYS_IN[way]
    told = {email: traces(Browser(), address, form(email)) for email in PEOPLE}
    assert len(set(map(str, told.values()))) == 1, told


def commits(queries: CaptureQueriesContext) -> int:
    """How often something was committed. The cache's own is left out, as above."""
    count, inside, wrote = 0, False, False
    for sql in (query["sql"] for query in queries if '"cache"' not in query["sql"]):
        wrote = wrote or sql.startswith(("INSERT", "UPDATE", "DELETE"))
        inside = (inside or sql.startswith("BEGIN")) and sql not in ("COMMIT", "ROLLBACK")
        wrote = wrote and sql != "ROLLBACK"
        if wrote and not inside:
            count, wrote = count + 1, False
    return count


@every_way_in
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("people")
def test_as_much_is_committed_whether_an_address_is_known_or_not(way: str) -> None:
    """A commit waits for the disk, which on PostgreSQL is what takes longest."""
    address, form = WAYS_IN[way]
    told = {}
    for email in PEOPLE:
        with CaptureQueriesContext(connection) as queries:
            Browser().post(address, form(email))
        told[email] = commits(queries)
    assert set(told.values()) == {{"sign-in": 1, "code": 1, "reset": 1, "sign-up": 2}[way]}, told


@pytest.mark.parametrize("way", ["code", "reset", "sign-up"])
@pytest.mark.usefixtures("people")
def test_nor_does_any_page_of_the_code_that_follows(way: str) -> None:
    address, form = WAYS_IN[way]
    told = {}
    for email in PEOPLE:
        browser = Browser()
        page = browser.post(address, form(email))["Location"]
        seen = traces(browser, page)
        tries = [traces(browser, page, {"code": "AAAA-AAAA"}) for _ in range(3)]
        ended = [traces(browser, page), words(browser.get(page)).replace(email, "")]
        cache.clear()  # an address gets so many letters in a while
        again = {"action": "new"} if way == "sign-up" else {"email": email}
        anew = traces(browser, page if way == "sign-up" else address, again)
        told[email] = [seen, *tries, *ended, anew]
    assert len(set(map(str, told.values()))) == 1, told


def test_nothing_is_left_of_what_sign_up_does_for_the_sake_of_time(alice: User) -> None:
    address, form = WAYS_IN["sign-up"]
    before = [model.objects.count() for model in (User, EmailAddress, SecurityEvent)]
    Browser().post(address, form(alice.email))
    assert [model.objects.count() for model in (User, EmailAddress, SecurityEvent)] == before


def test_sign_up_does_not_tell_who_is_known_but_their_mail_does(alice: User) -> None:
    form = {"password1": "another good long password"}
    known = Browser().post("/accounts/signup/", form | {"email": alice.email}, follow=True)
    new = Browser().post("/accounts/signup/", form | {"email": "carol@example.com"}, follow=True)

    assert known.redirect_chain == new.redirect_chain
    assert words(known).replace(alice.email, "") == words(new).replace("carol@example.com", "")
    assert [message.to for message in mail.outbox] == [[alice.email], ["carol@example.com"]]


def test_sign_up_hashes_as_often_for_an_address_that_is_known(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []
    encode = Argon2PasswordHasher.encode

    def counted(hasher: Argon2PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(hasher, password, salt)

    monkeypatch.setattr(Argon2PasswordHasher, "encode", counted)
    work = []
    for email in (alice.email, "carol@example.com"):
        form = {"email": email, "password1": "another good long password"}
        Browser().post("/accounts/signup/", form)
        work.append(len(hashed))
        hashed.clear()
    assert work[0] == work[1] == 1
