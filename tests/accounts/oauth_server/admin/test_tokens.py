"""An admin ends tokens in Django admin: with them goes the sign-in that they belong to."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import AccessToken, PersonalToken, RefreshToken
from tests.accounts.oauth_server.app import App, error_in, me

ONE, CHOSEN = "one", "chosen"


def delete(desk: Browser, model: str, pk: int, how: str) -> None:
    page = f"/admin/oauth_server/{model}/"
    if how == ONE:
        desk.post(f"{page}{pk}/delete/", {"post": "yes"})
        return
    form = {"action": "delete_selected", "_selected_action": [pk], "post": "yes"}
    desk.post(page, form)


@pytest.mark.parametrize("how", [ONE, CHOSEN])
@pytest.mark.parametrize("kind", [AccessToken, RefreshToken])
def test_deleting_a_token_ends_its_sign_in(
    desk: Browser, app: App, alice: User, kind: type[AccessToken | RefreshToken], how: str
) -> None:
    tokens, others = app.tokens_for(alice), app.tokens_for(alice)

    delete(desk, kind._meta.model_name or "", kind.objects.order_by("pk")[0].pk, how)

    assert me(tokens["access_token"]).status_code == 401
    assert error_in(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert me(others["access_token"]).status_code == 200
    event = SecurityEvent.objects.filter(user=alice, kind=Event.TOKEN_REVOKED).get()
    assert event.actor == Actor.ADMIN


@pytest.mark.parametrize("how", [ONE, CHOSEN])
def test_deleting_a_personal_token_ends_it(desk: Browser, alice: User, how: str) -> None:
    in_an_hour = timezone.now() + timedelta(hours=1)
    token = PersonalToken.objects.issue(
        alice, name="Script", scopes=frozenset({"profile"}), expires=in_an_hour
    )
    assert me(token).status_code == 200

    delete(desk, "personaltoken", PersonalToken.objects.get().pk, how)

    assert me(token).status_code == 401
    assert SecurityEvent.objects.filter(kind=Event.PERSONAL_TOKEN_REVOKED).count() == 1


def test_a_public_client_is_given_no_secret(desk: Browser, native_app: App) -> None:
    page = f"/admin/oauth_server/client/{native_app.client.pk}/"
    assert desk.post(f"{page}secret/").status_code == 404
