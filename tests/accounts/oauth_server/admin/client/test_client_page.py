"""An admin sees on a client's page what happened there, and mends it, in Django admin."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import AccessToken, Client, ClientSecret
from tests.accounts.admin.forms import filled
from tests.accounts.admin.scene import desk_of, permission
from tests.accounts.oauth_server.app import App, me

pytestmark = pytest.mark.django_db

WRONG = "https://app.example/call-back"


def page_of(app: App, name: str = "change") -> str:
    return f"/admin/oauth_server/client/{app.client.pk}/{name}/"


def sends(app: App, uri: str) -> None:
    """Ask for a sign-in that leads back to `uri`."""
    assert Browser().get("/oauth/authorize/", app.request(redirect_uri=uri)).status_code == 400


def test_a_redirect_uri_that_was_sent_in_vain_is_shown_and_added(app: App, desk: Browser) -> None:
    sends(app, WRONG)
    page = desk.get(page_of(app)).content.decode()
    assert "The path is “/call-back”, not “/callback”" in page

    assert desk.post(page_of(app, "redirect-uri"), {"uri": WRONG}).status_code == 302
    client = Client.objects.get(pk=app.client.pk)
    assert client.redirect_uris.split() == [app.redirect_uri, WRONG]
    event = SecurityEvent.objects.filter(kind=Event.ADMIN_CLIENT).first()
    assert event is not None
    assert WRONG in str(event.details)
    assert "in vain" not in desk.get(page_of(app)).content.decode()


@pytest.mark.parametrize("uri", ["", "javascript:alert(1)", "https://a.example/ b", "http://a.b/"])
def test_what_the_form_would_refuse_is_not_added(uri: str, app: App, desk: Browser) -> None:
    answer = desk.post(page_of(app, "redirect-uri"), {"uri": uri}, follow=True)
    assert answer.status_code == 200
    assert 'class="error"' in answer.content.decode()
    assert Client.objects.get(pk=app.client.pk).redirect_uris == app.client.redirect_uris


def test_who_may_only_view_adds_nothing_and_sees_no_button(app: App, mallory: User) -> None:
    sends(app, WRONG)
    viewer = desk_of(
        mallory,
        permission("view", "oauth_server.Client"),
        permission("view", "accounts.SecurityEvent"),
    )
    page = viewer.get(page_of(app)).content.decode()
    assert "in vain" in page
    assert "Add this one" not in page
    assert "Create a new client secret" not in page
    assert viewer.post(page_of(app, "redirect-uri"), {"uri": WRONG}).status_code == 403
    mallory.user_permissions.set([permission("view", "oauth_server.Client")])
    assert "in vain" not in viewer.get(page_of(app)).content.decode()


def test_a_new_secret_ends_when_the_admin_says(app: App, desk: Browser) -> None:
    desk.post(page_of(app, "secret"), {"days": "90"})
    made = ClientSecret.objects.latest("pk")
    assert made.expires
    assert timedelta(days=89) < made.expires - timezone.now() < timedelta(days=91)
    desk.post(page_of(app, "secret"), {"days": "1000"})
    assert ClientSecret.objects.latest("pk") == made


def test_an_app_is_deleted_only_after_it_was_disabled(app: App, desk: Browser) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [app.client.pk], "post": "yes"}
    assert "disable it first" in desk.get(page_of(app, "delete")).content.decode()
    desk.post(page_of(app, "delete"), {"post": "yes"})
    desk.post("/admin/oauth_server/client/", chosen)
    assert Client.objects.filter(pk=app.client.pk).exists()
    Client.objects.update(is_active=False)
    desk.post(page_of(app, "delete"), {"post": "yes"})
    assert not Client.objects.filter(pk=app.client.pk).exists()


def test_the_page_costs_as_much_however_much_happened(app: App, desk: Browser) -> None:
    desk.get(page_of(app))
    with CaptureQueriesContext(connection) as before:
        desk.get(page_of(app))
    for number in range(5):
        sends(app, f"{WRONG}{number}")
    with CaptureQueriesContext(connection) as after:
        desk.get(page_of(app))
    assert len(after) == len(before)


def test_scopes_are_in_one_matrix(app: App, desk: Browser) -> None:
    page = desk.get(page_of(app)).content.decode()
    for field, label in (("scopes", "Scopes"), ("default_scopes", "Default scopes")):
        assert page.count(f'name="{field}" value="email"') == 1
        assert f'aria-label="{label}: email"' in page
    assert page.count('<th scope="row">') >= 9
    assert 'name="skip_authorization"' in page


def test_disabling_says_what_ends_and_gives_a_receipt_and_one_is_let_in_again(
    app: App, alice: User, desk: Browser
) -> None:
    app.tokens_for(alice)
    asked = desk.get(page_of(app, "disable")).content.decode()
    assert "Access tokens: 1. Refresh tokens: 1." in asked
    assert Client.objects.get(pk=app.client.pk).is_active

    done = desk.post(page_of(app, "disable")).content.decode()
    assert "Ended: 1 " in done
    assert "was disabled already" in desk.get(page_of(app, "disable"), follow=True).content.decode()
    assert not AccessToken.objects.filter(application=app.client).exists()

    desk.post(page_of(app, "reactivate"))
    assert Client.objects.get(pk=app.client.pk).is_active
    told = SecurityEvent.objects.filter(kind=Event.ADMIN_CLIENT).values_list("details", flat=True)
    assert [said for said in ("Disabled.", "Reactivated.") if said not in str(list(told))] == []


def test_what_was_being_issued_while_it_was_disabled_stays_ended(
    app: App, alice: User, desk: Browser
) -> None:
    token = app.tokens_for(alice)["access_token"]
    Client.objects.update(is_active=False)
    assert me(token).status_code == 401
    desk.post(page_of(app, "reactivate"))
    assert me(token).status_code == 401
    assert not AccessToken.objects.filter(application=app.client).exists()


def test_disabling_and_deleting_cost_as_much_however_much_it_held(
    app: App, alice: User, mallory: User, desk: Browser
) -> None:
    costs = []
    for people in ((alice,), (alice,), (alice, mallory)):
        Client.objects.update(is_active=True)
        for person in people:
            app.tokens_for(person)
            app.tokens_for(person)
        with CaptureQueriesContext(connection) as spent:
            desk.get(page_of(app, "disable"))
            desk.post(page_of(app, "disable"))
            desk.get(page_of(app, "delete"))
        costs.append(len(spent))
    assert costs[1] == costs[2]  # the first found what kinds of rows there are, once


def test_who_saves_later_is_told_who_was_quicker_and_loses_nothing(app: App, desk: Browser) -> None:
    typed = filled(desk.get(page_of(app)))
    assert desk.post(page_of(app), typed | {"name": "First"}).status_code == 302
    late = desk.post(page_of(app), typed | {"name": "Second"})
    assert "last by Bob" in late.content.decode()
    assert late.context["adminform"].form["name"].value() == "Second"
    assert Client.objects.get(pk=app.client.pk).name == "First"

    assert desk.post(page_of(app), filled(late)).status_code == 302
    assert Client.objects.get(pk=app.client.pk).name == "Second"


def test_secrets_come_first_and_a_section_is_open_only_where_something_is_wrong(
    app: App, desk: Browser, alice: User
) -> None:
    app.tokens_for(alice)
    page = desk.get(page_of(app)).content.decode()
    assert page.index('id="secrets-heading"') < page.index('name="name"')
    assert page.count('id="secrets-heading"') == 1
    assert page.count("<details") > 8
    assert ": 1</li>" in page
    sent = filled(desk.get(page_of(app))) | {"initiate_login_uri": "ftp://app.example"}
    refused = desk.post(page_of(app), sent).content.decode()
    assert refused.count("<details") == page.count("<details") - 1
