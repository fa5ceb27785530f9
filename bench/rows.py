"""List what is measured: a name for people, and what is sent to a site."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.load import CONNECTIONS, FORM, Load, ask
from bench.site import Site, redeeming

JSON = {"Content-Type": "application/json"}
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


def _own_events(site: Site, _: float) -> Load | None:
    if "own_token" not in site.made:
        return None
    bearer = {"Authorization": f"Bearer {site.made['own_token']}"}
    return site.get("/api/v1/me/events", bearer)


def _write(site: Site, _: float) -> Load:
    return Load("POST", f"{site.addresses.plain}entries", JSON, '{"text": "hello"}', status=201)


def _webhook_test(site: Site, _: float) -> Load | None:
    if "deliveries" not in site.made:
        return None
    return Load("POST", site.made["deliveries"], site.service, status=202)


def _unchanged(site: Site, asked: Load) -> Load:
    """Return `asked` with the version that there is now, as of who has it already."""
    version = ask(asked, site.port)[0]["ETag"]
    return replace(asked, headers=asked.headers | {"If-None-Match": version}, status=304)


def _unguarded_unchanged(site: Site, _: float) -> Load:
    return _unchanged(site, site.get(f"{site.addresses.plain}unchanged"))


def _me_unchanged(site: Site, _: float) -> Load | None:
    if "own_token" not in site.made:
        return None
    return _unchanged(site, site.get(site.addresses.me, site.bearer))


HELLO = Row("a view that says hello", _plain("hello"))
UNGUARDED = Row("unguarded DRF view", _plain("unguarded"))
SELECT = Row("the same with one SELECT", _plain("select"))
ME = Row("guarded `/api/v1/me`", lambda site, _: site.get(site.addresses.me, site.bearer))
UNGUARDED_LIST = Row("unguarded list of 30", _plain("entries"))
LIST = Row("guarded list of 30, `/api/v1/me/events`", _own_events)
UNGUARDED_WRITE = Row("unguarded POST that makes a row", _write)
WRITE = Row("guarded POST that makes a row, a webhook's test", _webhook_test)
UNGUARDED_UNCHANGED = Row("unguarded DRF view, 304", _unguarded_unchanged)
ME_UNCHANGED = Row("guarded `/api/v1/me`, 304", _me_unchanged)
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
    *(UNGUARDED_LIST, LIST, UNGUARDED_WRITE, WRITE, UNGUARDED_UNCHANGED, ME_UNCHANGED),
)
