"""A link that several use in the same moment makes one account, and joins the groups once."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from allauth.socialaccount.models import SocialApp
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from accounts.entrance.mailed_links import invitations
from accounts.models import Invitation, User
from tests.accounts.entrance.mailed_links.test_invitations import CAROL, mailed_link, opened
from tests.accounts.third_parties.conftest import provider, register, running_provider  # noqa: F401
from tests.accounts.third_parties.scripted_provider import Browser as Traveller
from tests.accounts.third_parties.scripted_provider import ScriptedProvider
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

FORM = {"email": CAROL, "password1": PASSWORD}


@pytest.fixture
def link(alice: User, settings: Any) -> str:
    settings.SIGN_UP = "invited"
    invitations.invite(CAROL, by=alice)
    return mailed_link()


def at_once(*calls: Callable[[], Any]) -> list[int]:
    """Make the calls in the same moment; return the status codes of their answers."""
    start, answers = threading.Barrier(len(calls)), []

    def run(call: Callable[[], Any]) -> None:
        start.wait()
        answers.append(call().status_code)
        connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


def test_two_browsers_and_the_same_one_twice_make_one_account(link: str) -> None:
    one, other = opened(link), opened(link)
    again = Browser()
    again.cookies = one.cookies
    page = reverse("account_signup")
    answers = at_once(*(partial(each.post, page, FORM) for each in (one, again, other)))
    assert answers[0] == 302
    assert set(answers) <= {200, 302, 400, 403}  # 400: its session ended as the other signed in
    person = User.objects.get(email=CAROL)
    assert Invitation.objects.get().used_by == person
    assert person.security_events.filter(kind="signed_up").count() == 1


def test_who_comes_by_a_third_party_in_that_moment_is_one_of_two(
    link: str,
    provider: ScriptedProvider,  # noqa: F811
    register: Callable[..., SocialApp],  # noqa: F811
) -> None:
    register(trusted=True)
    provider.userinfo["email"] = "dave@example.com"
    traveller, typist = Traveller(opened(link), provider), opened(link)
    answer = provider.approve(traveller.start()["Location"])
    at_once(
        lambda: traveller.come_back(answer), lambda: typist.post(reverse("account_signup"), FORM)
    )
    made = User.objects.filter(email__in=[CAROL, "dave@example.com"])
    assert [Invitation.objects.get().used_by] == list(made)
