"""What leads to a state of a page of admin, beside the addresses of a row: each function makes what
has to be there, and the address."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import SecurityEvent, Session, User
from accounts.oauth_server.models import Authorization, Client, RecordedRequest, Recording
from accounts.oauth_server.models.client import CLIENT_CREDENTIALS
from tests.accounts.oauth_server.app import App
from tests.browser.cast import CALLBACK

Address = Callable[[Any], str]


def row(page: str, query: str = "", label: str = "") -> Address:
    """The page of the row that the cast has of the model that the name of `page` says, or of the
    model `label`."""

    def address(cast: Any) -> str:
        model = label or _label_of(page)
        found = next(pk for name, pk in _keys(cast) if name.lower() == model)
        return reverse(page, args=[found]) + query

    return address


def _label_of(page: str) -> str:
    """Return "app.model" for "admin:app_model_page"; the names of packages may hold underscores."""
    app_model = page.removeprefix("admin:").rsplit("_", 1)[0]
    return ".".join(app_model.rsplit("_", 1))


def _keys(cast: Any) -> list[tuple[str, Any]]:
    return [(label, each.pk) for label, each in cast.rows.items()]


def person(page: str, **columns: Any) -> Address:
    """A page of Alice's, of whom the `columns` are so."""

    def address(cast: Any) -> str:
        User.objects.filter(pk=cast.alice.pk).update(**columns)
        return reverse(f"admin:{page}", args=[cast.alice.pk])

    return address


def one_session(cast: Any) -> str:
    session = Session.objects.filter(user=cast.alice).latest("pk")
    return reverse("admin:end_session", args=[cast.alice.pk, session.sid])


def second_step_required(cast: Any) -> str:
    return person("release_second_step", second_factor_demanded_at=timezone.now())(cast)


def a_client(page: str, **columns: Any) -> Address:
    def address(cast: Any) -> str:
        Client.objects.filter(pk=cast.album.pk).update(**columns)
        return reverse(f"admin:oauth_server_client_{page}", args=[cast.album.pk])

    return address


def agents(host: str | None = None, page: str = "agents", **columns: Any) -> Address:
    """The Photo Album as an agent, whose host is album.example, and Alice lets it in."""

    def address(cast: Any) -> str:
        a_client("change", kind="agent", software_id="urn:album", **columns)(cast)
        Authorization.objects.record(
            cast.alice, cast.album, frozenset({"openid", "email"}), address="192.0.2.1"
        )
        asked = "" if host is None else "?" + urlencode({"host": host or cast.album.hosts[0]})
        return reverse(f"admin:{page}") + asked

    return address


def agents_of_a_person(cast: Any) -> str:
    agents()(cast)
    return reverse("admin:end_agents", args=[cast.alice.pk])


def machine(cast: Any) -> str:
    """A client that acts for itself alone, to be tried."""
    return a_client("try", grant_types=CLIENT_CREDENTIALS, scopes="profile")(cast)


def no_clients(cast: Any) -> str:
    Client.objects.all().delete()
    return reverse("admin:oauth_server_client_changelist")


def no_agents(cast: Any) -> str:
    Client.objects.update(kind="app")
    return reverse("admin:agents")


def no_events(cast: Any) -> str:
    SecurityEvent.objects.expire(timezone.now())
    return reverse("admin:accounts_securityevent_changelist")


def quiet(cast: Any) -> str:
    """A site where nothing needs attention."""
    Client.objects.all().delete()
    return no_events(cast).replace("accounts/securityevent/", "")


def preview(who: str) -> Address:
    def address(cast: Any) -> str:
        return a_client("preview")(cast) + "?" + urlencode({"person": who})

    return address


def recorded(cast: Any) -> str:
    """A recording that goes on, with a request that was refused."""
    Recording.objects.start(cast.album, timedelta(hours=1))
    host = urlsplit(settings.SITE_URL).netloc  # another is refused before the endpoint
    sent = {"grant_type": "authorization_code", "code": "wrong", "redirect_uri": CALLBACK}
    App(cast.album, "wrong").post("/oauth/token/", sent, Host=host)
    return a_client("recorder")(cast)


def recorded_request(cast: Any) -> str:
    recorded(cast)
    request = RecordedRequest.objects.latest("pk")
    name = "admin:oauth_server_client_recorded-request"
    return reverse(name, args=[cast.album.pk, request.pk])


def provider_off(cast: Any) -> str:
    app = SocialApp.objects.get(pk=cast.rows["socialaccount.SocialApp"].pk)
    app.settings["is_off"] = True
    app.save()
    return reverse("admin:socialaccount_socialapp_status", args=[app.pk])
