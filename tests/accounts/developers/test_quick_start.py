"""Each kind of app has a page with lines to run, filled in for whose app it is and nobody else."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client as Browser
from django.urls import reverse

from accounts.developers.own_clients import own_clients
from accounts.models import User
from accounts.oauth_server.clients.kinds import KINDS
from accounts.oauth_server.clients.presets import presets
from accounts.oauth_server.models import Client

pytestmark = pytest.mark.django_db


def test_each_kind_and_each_preset_has_a_page_with_its_lines(client: Browser) -> None:
    start = client.get(reverse("developers:quick-start")).content.decode()
    for key in KINDS:
        address = reverse("developers:kind", args=[key])
        told = client.get(address).content.decode()
        assert address in start
        assert "THE_CLIENT_ID" in told
    for key, preset in presets().items():
        address = reverse("developers:preset", args=[key])
        assert address in start
        assert f"Enter this in {preset.name}" in client.get(address).content.decode()


def test_an_app_is_filled_in_for_whoever_is_responsible_and_nobody_else(
    client: Browser, alices_browser: Browser, alice: User, notes: Client
) -> None:
    address = f"{reverse('developers:kind', args=['native'])}?client={notes.client_id}"
    Client.objects.update(responsible_email=alice.email)
    EmailAddress.objects.filter(user=alice).update(verified=False)
    assert alices_browser.get(address).status_code == 404  # anybody can type an address
    EmailAddress.objects.update_or_create(
        user=alice, email=alice.email, defaults={"verified": True}
    )
    assert address in alices_browser.get(reverse("developers:quick-start")).content.decode()
    assert f"client_id={notes.client_id}" in alices_browser.get(address).content.decode()
    assert client.get(address).status_code == 404


def test_who_registered_an_app_sees_it_for_as_long_as_they_are_an_admin(
    alice: User, notes: Client
) -> None:
    Client.objects.update(user=alice)
    assert own_clients(alice) == []
    alice.is_staff = True
    assert own_clients(alice) == [notes]
