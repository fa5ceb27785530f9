"""What leads to a state of a page: each function makes what has to be there, and the address."""

import json
from collections.abc import Callable
from datetime import timedelta
from tempfile import NamedTemporaryFile
from time import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import Client as Browser
from django.test import RequestFactory, override_settings
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageDraw

from accounts.endings import deletion
from accounts.entrance import csrf
from accounts.models import AccountLink, Invitation, SecurityEvent, User
from accounts.network import places
from accounts.oauth_server.models import Authorization, Client, DeviceGrant
from accounts.oauth_server.models.client import DEVICE_CODE
from accounts.oauth_server.models.software import AGENT
from accounts.sessions.sign_in import TWO_FACTORS
from accounts.site import errors
from tests.accounts.oauth_server.pictures import give_logo, saved
from tests.browser.cast import CALLBACK, EVERYTHING, Cast, protect
from tests.mmdb import database, named

WRONG_CODE = "XXXX-XXXX"  # a wrong one, whatever the right one is


def authorize(client_id: str, **changes: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "scope": EVERYTHING,
        "state": "of-the-app",
        "code_challenge": "a" * 43,
        "code_challenge_method": "S256",
    }
    return f"/oauth/authorize/?{urlencode(asked | changes)}"


def not_open(cast: Cast) -> str:
    """An app for chosen groups alone, whose people say whom to ask."""
    Client.objects.filter(pk=cast.album.pk).update(
        is_restricted=True,
        responsible_name="Service desk of the photo team",
        responsible_email="desk@album.example",
    )
    return authorize("album")


def with_logo(cast: Cast) -> str:
    """An app with a logo, which was drawn for white paper."""
    logo = Image.new("RGBA", (128, 128), (0, 0, 0, 0))
    pen = ImageDraw.Draw(logo)
    pen.rounded_rectangle((8, 28, 120, 108), 18, fill=(24, 32, 72))
    pen.ellipse((40, 44, 88, 92), fill=(240, 160, 40))
    give_logo(cast.album, saved(logo))
    return authorize("album")


def apps_with_logo(cast: Cast) -> str:
    with_logo(cast)
    Authorization.objects.record(
        cast.alice, cast.album, frozenset({"openid", "email"}), address="192.0.2.1"
    )
    return reverse("account_apps")


def of_the_stranger(cast: Cast) -> str:
    return authorize("stranger", redirect_uri="http://127.0.0.1/callback", scope="openid email")


def with_second_factor(cast: Cast) -> str:
    """An app that demands one of Bob, who has none."""
    essential = {"essential": True, "values": [TWO_FACTORS]}
    return authorize("album", claims=json.dumps({"id_token": {"acr": essential}}))


def asking_for_more(cast: Cast) -> str:
    """An app that Alice let in for less."""
    Authorization.objects.record(
        cast.alice, cast.album, frozenset({"openid", "email"}), address="192.0.2.1"
    )
    return authorize("album")


def of_an_agent(cast: Cast) -> str:
    """An agent that an admin checked: it acts while nobody is there."""
    cast.album.kind, cast.album.name = AGENT, "Travel Agent"
    cast.album.save()
    return authorize("album", scope="openid profile email")


def look_alike(cast: Cast) -> str:
    cast.stranger.name = "Latchkey Support"
    cast.stranger.save()
    return of_the_stranger(cast)


def last_way_in(cast: Cast) -> str:
    """Bob, who has neither a password nor an address that is his, but a third party."""
    cast.bob.emailaddress_set.update(verified=False)
    SocialAccount.objects.create(user=cast.bob, provider="example", uid="of Bob", extra_data={})
    return reverse("socialaccount_connections")


def last_passkey(cast: Cast) -> str:
    """Bob, who has but a passkey."""
    cast.bob.emailaddress_set.update(verified=False)
    protect(cast.bob)
    return reverse("account_methods")


def without_address(cast: Cast) -> str:
    """Bob, of whose addresses none was confirmed."""
    cast.bob.emailaddress_set.update(verified=False)
    return reverse("account_activity")


def last_address(cast: Cast) -> str:
    """Bob, whose main address was never confirmed, but another one."""
    cast.bob.emailaddress_set.update(verified=False)
    EmailAddress.objects.create(user=cast.bob, email="bob@second.example", verified=True)
    return reverse("account_email")


def invitation_for_carol(cast: Cast) -> dict[str, Any]:
    """What a session keeps of whoever opened the link of an invitation."""
    week = timezone.now() + timedelta(days=7)
    Invitation.objects.create(email="carol@example.com", digest="0" * 64, expires=week)
    return {"invitation": "0" * 64}


def link_for_alice(cast: Cast) -> dict[str, Any]:
    """What a session keeps of whoever opened a link that an admin had mailed."""
    User.objects.filter(pk=cast.alice.pk).update(last_login=timezone.now())
    return _link_for(cast.alice)


def link_for_bob(cast: Cast) -> dict[str, Any]:
    """The same of somebody who was never here."""
    User.objects.filter(pk=cast.bob.pk).update(last_login=None)
    return _link_for(cast.bob)


def _link_for(person: User) -> dict[str, Any]:
    expires = timezone.now() + timedelta(days=1)
    AccountLink.objects.create(user=person, email=person.email, digest="2" * 64, expires=expires)
    return {"account_link": "2" * 64}


def invitation_for_alice(cast: Cast) -> dict[str, Any]:
    week = timezone.now() + timedelta(days=7)
    Invitation.objects.create(email=cast.alice.email, digest="1" * 64, expires=week)
    return {"invitation": "1" * 64}


def inviting(cast: Cast) -> str:
    """Alice, who has been here for a while, and what became of those whom she invited."""
    User.objects.filter(pk=cast.alice.pk).update(date_joined=timezone.now() - timedelta(days=30))
    now, own = timezone.now(), {"is_by_person": True, "made_by": cast.alice}
    ends = {
        "carol@example.com": {"expires": now + timedelta(days=7)},
        "a.new.and.rather.long.address@mail.example.org": {"expires": now - timedelta(days=1)},
        "dave@example.com": {"expires": now, "withdrawn_at": now},
        "bob@example.com": {"expires": now, "used_at": now, "used_by": cast.bob},
    }
    for email, fields in ends.items():
        Invitation.objects.create(email=email, digest=email, **own, **fields)
    return reverse("account_invitations")


def not_proven(cast: Cast) -> str:
    cast.bob.emailaddress_set.update(verified=False)
    return reverse("account_invitations")


def told_by_third_party(cast: Cast) -> dict[str, Any]:
    """What a session keeps of somebody whose third party did not say their address."""
    told = SocialLogin(
        user=User(name="Carol Example"),
        account=SocialAccount(provider="example", uid="of Carol", extra_data={}),
        provider=SocialApp.objects.get().get_provider(RequestFactory().get("/")),
    )
    told.state = {"next": reverse("account_home")}
    return {"socialaccount_sociallogin": told.serialize()}


def left_over(cast: Cast) -> dict[str, Any]:
    """What a session keeps of a code that something else has ousted."""
    last: dict[str, Any] = {"email": cast.alice.email, "of": None, "why": "interrupted", "kept": {}}
    return {"last_codes": {"account_confirm_login_code": last}}


def old_reset_code(cast: Cast) -> dict[str, Any]:
    """What it keeps of a code for a new password that was mailed an hour ago."""
    state = {"email": cast.alice.email, "at": time() - 3600, "failed_attempts": 0, "code": "X"}
    return {"account_password_reset_verification": state}


def device_not_open(cast: Cast) -> str:
    cast.terminal.is_restricted = True
    return device(cast)


def device(cast: Cast) -> str:
    cast.terminal.grant_types = DEVICE_CODE
    cast.terminal.save()
    _, user_code = DeviceGrant.objects.start(cast.terminal, frozenset({"openid", "email"}))
    return f"{reverse('oauth_server:device')}?user_code={user_code}"


def device_of_an_agent(cast: Cast) -> str:
    cast.terminal.kind = AGENT
    return device(cast)


def switched_off(cast: Cast) -> str:
    cast.alice.is_active = False
    cast.alice.save()
    return reverse("account_login")


def first_app(cast: Cast) -> str:
    first = Authorization.objects.filter(user=cast.alice).earliest("pk")
    return reverse("account_app", args=[first.pk])


def with_agent(page: str) -> Callable[[Cast], str]:
    """An agent of Alice's that introduced itself."""

    def address(cast: Cast) -> str:
        agent = Client.objects.create(
            name="agents.example (Scribe)",
            client_id="https://agents.example/scribe.json",
            kind="agent",
            registration_source="cimd",
            is_verified=False,
        )
        Authorization.objects.record(
            cast.alice, agent, frozenset({"openid", "email"}), address="192.0.2.1"
        )
        return reverse(page)

    return address


def many_apps(cast: Cast) -> str:
    """So many that Alice has to search and sort them."""
    for number in range(12):
        app = Client.objects.create(name=f"App {number + 1}", client_id=f"app-{number}")
        Authorization.objects.record(
            cast.alice, app, frozenset({"openid", "email"}), address="192.0.2.1"
        )
    return reverse("account_apps")


def apps_searched(words: str) -> Callable[[Cast], str]:
    return lambda cast: f"{many_apps(cast)}?{urlencode({'q': words, 'order': 'used'})}"


def own_third_party(cast: Cast) -> str:
    connection = SocialAccount.objects.get(user=cast.alice, provider="example")
    return reverse("reauthenticate_by_third_party", args=[connection.pk])


def not_me(cast: Cast) -> str:
    event = SecurityEvent.objects.filter(user=cast.alice, client__isnull=False).latest("pk")
    return reverse("account_not_me", args=[event.pk])


def closed(cast: Cast) -> str:
    deletion.close(cast.alice)
    return reverse("account_login")


def protected(page: str) -> Callable[[Cast], str]:
    """Give Alice every second factor first."""

    def address(cast: Cast) -> str:
        passkey = protect(cast.alice)
        return reverse(page, args=[passkey.pk] if page in OF_ONE_PASSKEY else [])

    return address


OF_ONE_PASSKEY = ("mfa_edit_webauthn", "mfa_remove_webauthn")


def several_devices(cast: Cast) -> str:
    """Alice, who is signed in on her phone, in a program and here."""
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1"
    for agent in (phone, ""):
        headers = {"User-Agent": agent} | _at_this_site()
        browser = Browser(headers=headers, REMOTE_ADDR="2001:db8::7")
        browser.force_login(cast.alice)
        browser.get(reverse("account_home"))
    return reverse("account_sessions")


def many_third_parties(cast: Cast) -> str:
    names = ("Corp", "University of Llanfairpwllgwyngyll", "Über ID", "معرّف المدينة", "X")
    for number, name in enumerate(names):
        SocialApp.objects.create(
            provider="openid_connect",
            provider_id=f"example-{number}",
            name=name,
            client_id="latchkey",
            settings={"server_url": f"http://127.0.0.1:9/{number}"},
        )
    return reverse("account_login")


def form_expired() -> str:
    request = RequestFactory().post(reverse("account_profile"))
    request.user = AnonymousUser()
    return csrf.csrf_failure(request).content.decode()


def fault_of_ours() -> str:
    return errors.server_error(RequestFactory().get("/")).content.decode()


def not_understood() -> str:
    request = RequestFactory().get("/")
    return errors.bad_request(request, ValueError()).content.decode()


def address_too_long() -> str:
    return errors.address_too_long(RequestFactory().get("/")).content.decode()


def too_often() -> str:
    return errors.too_many_requests(RequestFactory().get("/"), 300).content.decode()


def devices_with_places() -> str:
    """Alice's devices where the operator has put a database of places there."""
    browser = Browser(REMOTE_ADDR="194.0.0.7", headers=_at_this_site())
    browser.force_login(User.objects.get(email="alice@example.com"))
    browser.get("/account/")
    known = {"194.0.0.0/24": named({"en": "Berlin"}, {"en": "Germany", "de": "Deutschland"})}
    with NamedTemporaryFile(suffix=".mmdb") as file:
        file.write(database(known))
        file.flush()
        with override_settings(GEOIP_DATABASE=file.name):
            page = browser.get("/account/sessions/").content.decode()
        places.close()
    return page


def sign_up_closed() -> str:
    """The page of whoever is not invited, where one has to be."""
    return _page_with("/accounts/signup/", SIGN_UP="invited", SUPPORT_ADDRESS="help@example.com")


def sign_up_by_domain() -> str:
    domains = ["example.org", "*.müller.example"]
    return _page_with("/accounts/signup/", SIGN_UP="domains", SIGN_UP_DOMAINS=domains)


def _page_with(address: str, **changed: Any) -> str:
    with override_settings(**changed):
        return Browser(headers=_at_this_site()).get(address).content.decode()


def _at_this_site() -> dict[str, str]:
    return {"Host": urlsplit(settings.SITE_URL).netloc}


FOR_THE_ALBUM = f"?{urlencode({'next': authorize('album')})}"
