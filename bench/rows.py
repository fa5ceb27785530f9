"""List what is measured: a name for people, and what is sent to a site."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.load import CONNECTIONS, FORM, Load
from bench.site import Site, redeeming

CODES_A_SECOND = 500  # as many are kept ready: no site redeems more on two cores


@dataclass(frozen=True)
class Row:
    """Name what is measured. `load` makes what is sent, for so many seconds at most; None where a
    site has no such thing."""

    name: str
    load: Callable[[Site, float], Load | None]
    is_slow: bool = False  # seconds a request: asked one after the other, a few times


def _plain(path: str) -> Callable[[Site, float], Load]:
    return lambda site, _: site.get(site.addresses.plain + path)


def _insert(site: Site, _: float) -> Load:
    return Load("POST", f"{site.addresses.plain}insert", FORM, "text=hello")


def _client_credentials(site: Site, _: float) -> Load:
    return site.post(site.addresses.token, "alone_id", grant_type="client_credentials")


def _documented(site: Site, _: float) -> Load | None:
    if "documented_id" not in site.made:
        return None
    return site.post(site.addresses.token, "documented_id", grant_type="client_credentials")


def _code(site: Site, seconds: float) -> Load:
    codes = site.codes(int(CODES_A_SECOND * seconds))
    return Load("POST", site.addresses.token, site.basic(), bodies=tuple(map(redeeming, codes)))


def _refresh(site: Site, _: float) -> Load:
    first = tuple(site.tokens()["refresh_token"] for _ in range(CONNECTIONS))
    before = "grant_type=refresh_token&refresh_token="
    return Load("POST", site.addresses.token, site.basic(), first=first, before=before)


def _introspection(site: Site, _: float) -> Load:
    token = site.bearer["Authorization"].partition(" ")[2]
    return site.post(site.addresses.introspection, token=token)


HELLO = Row("a view that says hello", _plain("hello"))
UNGUARDED = Row("unguarded DRF view", _plain("unguarded"))
SELECT = Row("the same with one SELECT", _plain("select"))
ME = Row("guarded `/api/v1/me`", lambda site, _: site.get(site.addresses.me, site.bearer))
INSERT = Row("a view with one INSERT", _insert)
CLIENT_CREDENTIALS = Row("client credentials", _client_credentials)
DOCUMENTED = Row("client credentials, hashed as documented", _documented, is_slow=True)
CODE = Row("code with PKCE and ID token", _code)
REFRESH = Row("refresh", _refresh)
INTROSPECTION = Row("introspection", _introspection)
USERINFO = Row("userinfo", lambda site, _: site.get(site.addresses.userinfo, site.bearer))
DISCOVERY = Row("discovery", lambda site, _: site.get(site.addresses.discovery))
SIGN_IN = Row("sign-in page", lambda site, _: site.get(site.addresses.sign_in))

ROWS = (
    *(HELLO, UNGUARDED, SELECT, ME, INSERT, CLIENT_CREDENTIALS, DOCUMENTED, CODE, REFRESH),
    *(INTROSPECTION, USERINFO, DISCOVERY, SIGN_IN),
)
