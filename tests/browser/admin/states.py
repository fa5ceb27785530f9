"""Every page of Django admin, in every state worth a look: SECTIONS, each looked at in one test."""

from collections.abc import Iterator
from typing import Any

from accounts.oauth_server.clients.kinds import KINDS
from tests.accounts.admin.table import ACTS, NOBODY, PAGES
from tests.browser.admin.cast import CHIEF
from tests.browser.admin.situations import (
    a_client,
    agents,
    agents_of_a_person,
    machine,
    no_agents,
    no_clients,
    no_events,
    one_session,
    person,
    preview,
    provider_off,
    quiet,
    recorded,
    recorded_request,
    row,
    second_step_required,
)
from tests.browser.state import State, send

_SAVE = "[name=_save]"


def of(name: str, page: str, who: str = CHIEF, **more: Any) -> State:
    """A state of admin's page `page`, the name of its address behind "admin:"."""
    return State(f"admin: {name}", f"admin:{page}", who, **more)


def chosen(action: str) -> Any:
    """What tells a list to do `action` with its first row."""
    return send("[name=index]", _selected_action="", action=action)


def _prefix(label: str) -> str:
    return label.lower().replace(".", "_")


def of_every_model() -> Iterator[State]:
    """What Django shows of every model, as far as a superuser may see it."""
    for label, page in PAGES.items():
        name, prefix = label.split(".")[1], _prefix(label)
        for kind in ("change", "history"):
            address = row(f"admin:{prefix}_{kind}")
            yield of(f"{name}, {kind}", f"{prefix}_{kind}", at=address)
        yield of(f"{name}, list", f"{prefix}_changelist")
        yield of(f"{name}, nothing found", f"{prefix}_changelist", at="?q=nothing+of+the+kind")
        if page.add != NOBODY and label not in _ASKED_FIRST:
            yield of(f"{name}, add", f"{prefix}_add")
            if label != "oauth_server.InitialAccessToken":  # of which nothing has to be told
                yield of(f"{name}, add, refused", f"{prefix}_add", then=(send(_SAVE),))
        if page.delete != NOBODY:
            deletion = row(f"admin:{prefix}_delete")
            yield of(f"{name}, delete", f"{prefix}_delete", at=deletion)


# Models whose address to add one asks first what it is to be.
_ASKED_FIRST = {"oauth_server.Client", "socialaccount.SocialApp"}

_CLIENT = "oauth_server_client"
_CLIENT_ADD = f"{_CLIENT}_add"
_TRIED = f"{_CLIENT}_try-callback"
_TRY = send("form.trial button")
_WEB = {"name": "A new app", "redirect_uris": "https://new.example/callback"}

START = [
    of("start", "index"),
    of("start, nothing to do", "index", at=quiet),
    of("tables of a package", "app_list", at="/admin/oauth_server/"),
    of("doctor", "doctor"),
    of("doctor, everybody called", "doctor", then=(send("#content [type=submit]"),)),
    *(
        of(f"start, {role}", "index", role)
        for role in (
            "role-client-managers",
            "role-people-managers",
            "role-auditors",
            "role-support",
        )
    ),
]

CLIENTS = [
    of("register, what is it", _CLIENT_ADD),
    *(of(f"register, {kind}", _CLIENT_ADD, at=f"?kind={kind}") for kind in (*KINDS, "other")),
    of("register, preset", _CLIENT_ADD, at="?preset=grafana&url=https://grafana.example"),
    of("register, preset, refused", _CLIENT_ADD, at="?preset=grafana&url=grafana"),
    of("register, refused", _CLIENT_ADD, at="?kind=web", then=(send(_SAVE, name=""),)),
    of(
        "register, name of another",
        _CLIENT_ADD,
        at="?kind=web",
        then=(send(_SAVE, name="Photo Album", redirect_uris="http://x"),),
    ),
    of(
        "registered",
        f"{_CLIENT}_connect",
        at="/admin/oauth_server/client/add/?kind=web",
        then=(send(_SAVE, **_WEB),),
    ),
    of("connect", f"{_CLIENT}_connect", at=a_client("connect")),
    of("client, refused", f"{_CLIENT}_change", at=a_client("change"), then=(send(_SAVE, name=""),)),
    of(
        "client, saved",
        f"{_CLIENT}_changelist",
        at=a_client("change"),
        then=(send(_SAVE),),
    ),
    of("client, disabled", f"{_CLIENT}_change", at=a_client("change", is_active=False)),
    of("client, delete, disabled", f"{_CLIENT}_delete", at=a_client("delete", is_active=False)),
    of("client, disable", f"{_CLIENT}_disable", at=a_client("disable")),
    of(
        "client, disabled now",
        f"{_CLIENT}_disable",
        at=a_client("disable"),
        then=(send("#content button.danger"),),
    ),
    of("agents", "agents", at=agents()),
    of("agents, none found", "agents", at="?q=nowhere"),
    of("agents, none", "agents", at=no_agents),
    of("agents, of a host", "agents", at=agents("")),
    of("agents, of a host, client manager", "agents", "role-client-managers", at=agents("")),
    of("agents, stop", "agents/stop", at=agents("", "agents/stop")),
    of(
        "agents, stopped",
        "agents/stop",
        at=agents("", "agents/stop"),
        then=(send("#content button.danger"),),
    ),
    of("client, reactivate", f"{_CLIENT}_reactivate", at=a_client("reactivate", is_active=False)),
    of("client, what it receives", f"{_CLIENT}_preview", at=a_client("preview")),
    of("client, what it receives of Alice", f"{_CLIENT}_preview", at=preview("alice@example.com")),
    of(
        "client, what it receives of nobody", f"{_CLIENT}_preview", at=preview("nobody"), status=404
    ),
    of("client, try it", f"{_CLIENT}_try", at=a_client("try")),
    of("client, tried", _TRIED, at=a_client("try"), then=(_TRY, send("[value=allow]"))),
    of(
        "client, tried, refused",
        _TRIED,
        at=a_client("try"),
        then=(send("form.trial button", prompt="none"),),
    ),
    of("client, tried for itself", f"{_CLIENT}_try", at=machine, then=(_TRY,)),
    of("client, recorder", f"{_CLIENT}_recorder", at=a_client("recorder")),
    of("client, recorder, on", f"{_CLIENT}_recorder", at=recorded),
    of("client, recorded request", f"{_CLIENT}_recorded-request", at=recorded_request),
    of("clients, none", f"{_CLIENT}_changelist", at=no_clients),
    of("clients, filtered", f"{_CLIENT}_changelist", at="?is_active__exact=1"),
    of("clients, delete some", f"{_CLIENT}_changelist", then=(chosen("delete_selected"),)),
    of("clients, of a client manager", f"{_CLIENT}_changelist", "role-client-managers"),
    of(
        "client, of a client manager",
        f"{_CLIENT}_change",
        "role-client-managers",
        at=row(f"admin:{_CLIENT}_change"),
    ),
]

_PERSON = "accounts_user"
_OTHERWISE = {
    "end_session",
    "reactivate",
    "release_second_step",
    "end_agents",
}  # there only where …

PEOPLE = [
    *(of(f"person, {act}", act, at=person(act)) for act in ACTS if act not in _OTHERWISE),
    of("person, end_session", "end_session", at=one_session),
    of("person, end_agents", "end_agents", at=agents_of_a_person),
    of("person, reactivate", "reactivate", at=person("reactivate", is_active=False)),
    of("person, release_second_step", "release_second_step", at=second_step_required),
    of("person, reset second factors", "reset_second_factors", at=person("reset_second_factors")),
    of(
        "person, deactivated",
        f"{_PERSON}_change",
        at=person("deactivate"),
        then=(send("#content button.danger"),),
    ),
    of(
        "person, refused",
        f"{_PERSON}_change",
        at=person("accounts_user_change"),
        then=(send(_SAVE, email="alice"),),
    ),
    of("people, filtered", f"{_PERSON}_changelist", at="?is_active__exact=1"),
    of("people, delete some", f"{_PERSON}_changelist", then=(chosen("delete_selected"),)),
    of("people, of a people manager", f"{_PERSON}_changelist", "role-people-managers"),
    of(
        "person, of a people manager",
        f"{_PERSON}_change",
        "role-people-managers",
        at=row(f"admin:{_PERSON}_change"),
    ),
    of(
        "person, of support", f"{_PERSON}_change", "role-support", at=row(f"admin:{_PERSON}_change")
    ),
    of("invitations, withdraw", "accounts_invitation_changelist", then=(chosen("withdraw"),)),
]

_PROVIDER = "socialaccount_socialapp"
_EVENTS = "accounts_securityevent_changelist"
_WEBHOOK = "accounts_webhook"

REST = [
    of("provider, which", f"{_PROVIDER}_add"),
    *(
        of(f"provider, add {each}", f"{_PROVIDER}_add", at=f"?provider={each}")
        for each in ("openid_connect", "google", "apple", "github")
    ),
    of(
        "provider, add, refused",
        f"{_PROVIDER}_add",
        at="?provider=openid_connect",
        then=(send(_SAVE),),
    ),
    of("provider, on", f"{_PROVIDER}_status", at=row(f"admin:{_PROVIDER}_status")),
    of("provider, off", f"{_PROVIDER}_status", at=provider_off),
    of(
        "provider, checked, not reached",
        f"{_PROVIDER}_status",
        at=row(f"admin:{_PROVIDER}_status"),
        then=(send("form:has([value=check]) [type=submit]"),),
    ),
    of("keys, rotate", "oauth_server_signingkey_changelist", then=(chosen("rotate"),)),
    of("keys, replace", "oauth_server_signingkey_changelist", then=(chosen("replace"),)),
    of(
        "keys, replaced",
        "oauth_server_signingkey_receipt",
        at="/admin/oauth_server/signingkey/",
        then=(chosen("replace"), send("#content .danger")),
    ),
    of("webhook, secret", f"{_WEBHOOK}_secret", at=row(f"admin:{_WEBHOOK}_secret")),
    of(
        "webhook, secret replaced",
        f"{_WEBHOOK}_secret",
        at=row(f"admin:{_WEBHOOK}_change"),
        then=(send("form[action$='new-secret/'] button"),),
    ),
    of("events, filtered", _EVENTS, at="?outcome=failed"),
    of("events, filter refused", _EVENTS, at="?kind=nothing+of+the+kind"),
    of("events, none", _EVENTS, at=no_events),
    of("events, of an auditor", _EVENTS, "role-auditors"),
]

_all = list(of_every_model())


def _first_of_each(states: list[State]) -> set[str]:
    """Return the names of the first state of each kind, which the name ends with."""
    return {
        state.name
        for state in {each.name.split(", ", 1)[1]: each for each in states[::-1]}.values()
    }


# Django's templates draw these of every model alike: axe-core reads one of each kind, and every
# list and form. Colours in the dark are those of the pages of the sections.
_ALIKE = ("history", "nothing found", "refused", "delete")
BRIEF = {each.name for each in _all if each.name.endswith(_ALIKE)} - _first_of_each(_all)
IN_LIGHT_ALONE = {each.name for each in _all}
_half = len(_all) // 2
SECTIONS = {
    "start": START,
    "clients": CLIENTS,
    "people": PEOPLE,
    "the rest": REST,
    "every model": _all[:_half],
    "every model, further": _all[_half:],
}
STATES = [state for states in SECTIONS.values() for state in states]

# Addresses of admin that show no page.
NO_PAGES = {
    "logout": "takes a form and leads to the site",
    "password_change": "leads to the page of one's account",
    "password_change_done": "comes after a page of Django's that nobody sees",
    "autocomplete": "answers a script",
    "jsi18n": "a script",
    "view_on_site": "only leads on",
    "export_events": "a file",
    f"{_CLIENT}_secret": "takes a form and leads on to the page to connect",
    f"{_WEBHOOK}_new-secret": "takes a form and leads on to the page of the secret",
    f"{_WEBHOOK}_test": "takes a form and leads to the deliveries",
    f"{_CLIENT}_redirect-uri": "takes a form and leads back to the client",
}
for _label, _page in PAGES.items():
    for _kind in ("add", "delete"):
        if _page.gives(_kind) == NOBODY:
            NO_PAGES[f"{_prefix(_label)}_{_kind}"] = "nobody may"
