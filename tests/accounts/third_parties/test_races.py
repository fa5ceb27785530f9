"""Two who come back from a third party at the same moment."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.test import Client

from accounts.models import ConnectionToken, Session, User
from accounts.models.event_kinds import Event
from tests.accounts.at_once import just_before
from tests.accounts.entrance.test_mailed_codes import CODE
from tests.accounts.test_races import a_tab_of, browsers_of, count, race
from tests.accounts.third_parties.scripted_provider import Browser, ScriptedProvider

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_people_who_connect_one_account_there_one_gets_it(
    alice: User, bob: User, provider: ScriptedProvider, register: Callable[..., Any]
) -> None:
    register()
    steps = []
    for person in (alice, bob):
        browser = Browser(browsers_of(person, 1)[0], provider)
        answer = provider.approve(browser.start("?process=connect")["Location"])
        steps.append(partial(browser.come_back, answer))
    race(('INSERT INTO "socialaccount_socialaccount"',), *steps)
    assert SocialAccount.objects.count() == ConnectionToken.objects.count() == 1
    assert count(Event.CONNECTION_ADDED) == 1


def test_of_two_newcomers_who_type_their_codes_at_once_one_account_is_made(
    provider: ScriptedProvider, register: Callable[..., Any]
) -> None:
    register(trusted=False)
    steps = []
    for _ in range(2):
        browser = Browser(Client(raise_request_exception=False), provider)
        page = browser.sign_in()["Location"]
        (code,) = re.findall(CODE, str(mail.outbox[-1].body), re.MULTILINE)
        steps.append(partial(browser.client.post, page, {"code": code}))
    race(('INSERT INTO "accounts_user"',), *steps)
    assert User.objects.count() == SocialAccount.objects.count() == 1
    assert EmailAddress.objects.filter(verified=True).count() == 1
    assert count(Event.SIGNED_UP) == 1


@pytest.mark.parametrize("query", ["", "?process=connect"])
def test_a_session_that_is_ended_while_a_third_party_is_asked_is_no_fault(
    alice: User, provider: ScriptedProvider, register: Callable[..., Any], query: str
) -> None:
    register()
    tab = a_tab_of(browsers_of(alice, 1)[0])
    with just_before('UPDATE "accounts_session"', Session.objects.all().delete):
        assert Browser(tab, provider).start(query).status_code == 400
