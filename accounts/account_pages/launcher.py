"""List the apps that a person may open: where each begins, whether they let it in before or not."""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.db.models import Q

from accounts.models import User
from accounts.oauth_server.models import Client, ClientLogo
from accounts.oauth_server.models.access import open_to
from accounts.oauth_server.models.client_logo import Mark
from accounts.text.search import held, split

AT_MOST = 60  # on one page: whoever may open more looks for them by name


@dataclass(frozen=True)
class Opened:
    """Describe an app to be opened. `url` begins a sign-in to it where it has an address for that
    (OpenID Connect Core section 4), else it is its website; `host` is where that leads."""

    name: str
    url: str
    logo: Mark | None

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


def apps_to_open(user: User, words: str = "") -> list[Opened]:
    """Return the apps that are open to `user` and have an address, by name: those whose name has
    all of `words`. Only verified ones: of any other, nobody here said what it is."""
    with_address = ~Q(initiate_login_uri="", website="")
    known = Client.objects.filter(with_address, open_to(user), is_active=True, is_verified=True)
    wanted = split(words)
    rows = known.order_by("name", "pk").only("name", "initiate_login_uri", "website", "is_verified")
    if wanted:
        found = [client for client in rows if held(wanted, client.name) == wanted][: AT_MOST + 1]
    else:
        found = list(rows[: AT_MOST + 1])
    marks = ClientLogo.objects.marks(found)
    return [Opened(client.name, _address(client), marks.get(client.pk)) for client in found]


def _address(client: Client) -> str:
    if not client.initiate_login_uri:
        return client.website
    joint = "&" if urlsplit(client.initiate_login_uri).query else "?"
    issuer = urlencode({"iss": settings.SITE_URL})
    return f"{client.initiate_login_uri}{joint}{issuer}"
