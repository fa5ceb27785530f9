"""A row of each model in Django admin: one of a person's, and the same of a superuser's."""

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.test import Client as Browser
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import Invitation, SecurityEvent, User, Webhook, WebhookDelivery
from accounts.oauth_server.models import (
    AccessToken,
    Authorization,
    AuthorizationCode,
    BlockedHost,
    Client,
    CrossAppPolicy,
    ExchangePolicy,
    InitialAccessToken,
    PersonalToken,
    ProtectedResource,
    RefreshToken,
    SigningKey,
)
from tests.accounts.oauth_server.app import App
from tests.accounts.second_factors.authenticators import confirmed

OF_PEOPLE: list[Any] = [
    *(SocialAccount, Authorization, AccessToken, RefreshToken, AuthorizationCode, PersonalToken),
    SecurityEvent,
]
UID = "uid-of-"


def fill(app: App, person: User) -> None:
    """Let there be a row of everything that a person can have."""
    app.tokens_for(person)
    SocialAccount.objects.create(user=person, provider="example", uid=f"{UID}{person.name}")
    tomorrow = timezone.now() + timedelta(days=1)
    PersonalToken.objects.issue(
        person, name="Backup", scopes=frozenset({"profile"}), expires=tomorrow
    )


def rows_of(person: User) -> dict[str, Model]:
    """Return one row of each model that is of a person, by the model's label."""
    found = {kind._meta.label: kind.objects.filter(user=person).first() for kind in OF_PEOPLE}
    return {User._meta.label: person, **found}


def rows_of_nobody() -> dict[str, Model]:
    group = Group.objects.create(name="Helpers")
    provider = SocialApp.objects.create(
        provider="openid_connect", provider_id="corp", name="Corp", client_id="latchkey",
        settings={"server_url": "https://id.example"},
    )  # fmt: skip
    token = InitialAccessToken(note="Partners")
    token.make()
    task = DBTaskResult.objects.create(
        task_path="a.task", args_kwargs={"args": ["to whom"]}, run_after=timezone.now()
    )
    resource = ProtectedResource.objects.create(identifier="https://cal.example", name="Calendar")
    key, client = SigningKey.objects.first(), Client.objects.earliest("pk")
    exchange = ExchangePolicy.objects.create(client=client, source=client)
    cross_app = CrossAppPolicy.objects.create(
        client=client, relying_party=client, audience="https://chat.example", client_there="x"
    )
    invitation = Invitation.objects.create(
        email="carol@example.com", digest="0" * 64, expires=timezone.now()
    )
    webhook = Webhook.objects.create(
        name="Collector", url="https://log.example", secret="whsec_", kinds=["sign_in"]
    )
    told: list[Any] = [webhook, WebhookDelivery.objects.create(webhook=webhook)]
    told += [exchange, cross_app, BlockedHost.objects.create(host="mallory.example")]
    rows: list[Any] = [client, key, resource, token, provider, group, task, invitation, *told]
    return {row._meta.label: row for row in rows}


def desk_of(person: User, *permissions: Permission) -> Browser:
    """Return the browser of `person`, who is let into admin and may do what `permissions` say."""
    person.is_staff = True
    person.save()
    person.user_permissions.set(permissions)
    return confirmed(person)


def permission(action: str, label: str) -> Permission:
    app, model = label.lower().split(".")
    return Permission.objects.get(
        codename=f"{action}_{model}", content_type__app_label=app, content_type__model=model
    )


def address_of(row_or_label: Model | str, page: str = "") -> str:
    """Return the address of a row's `page`, or of its list."""
    if isinstance(row_or_label, str):
        app, model = row_or_label.lower().split(".")
        return f"/admin/{app}/{model}/{page}"
    return address_of(row_or_label._meta.label, f"{row_or_label.pk}/{page}")


def proven(person: User, email: str) -> None:
    EmailAddress.objects.create(user=person, email=email, verified=True)
