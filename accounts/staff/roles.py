"""Name the roles of Django admin: groups that a migration made, each with what its work needs.

A superuser may change what a role may do, as of every group with permissions. It is left as they
made it, and the start page of admin tells how it differs from what is written here. Where a
permission is renamed or a model is new, a migration gives it to the groups: a test compares.
"""

from typing import NamedTuple

from django.contrib.auth.models import Group, Permission
from django.utils.translation import gettext as _

_ALL = ("view", "add", "change", "delete")
_READ_AND_END = ("view", "delete")


class Role(NamedTuple):
    """Describe a role by the name and the description of its group, and its permissions, each as
    "app.codename"."""

    name: str
    description: str
    permissions: frozenset[str]


def _on(label: str, actions: tuple[str, ...]) -> set[str]:
    app, model = label.split(".")
    return {f"{app}.{action}_{model}" for action in actions}


# By the slugs of the groups.
ROLES = {
    "role-client-managers": Role(
        "Client managers",
        "A role in admin: registers and changes client apps. Sees nothing of people.",
        frozenset(
            _on("oauth_server.client", _ALL)
            | _on("oauth_server.clientsecret", _READ_AND_END)
            | _on("oauth_server.initialaccesstoken", ("view", "add", "delete"))
            | _on("oauth_server.blockedhost", ("view", "add", "delete"))
        ),
    ),
    "role-people-managers": Role(
        "People managers",
        "A role in admin: adds, invites and changes people below staff, and ends what they have.",
        frozenset(
            _on("accounts.user", _ALL)
            | _on("account.emailaddress", _ALL)
            | _on("mfa.authenticator", ("view",))
            | _on("socialaccount.socialaccount", _READ_AND_END)
            | _on("oauth_server.authorization", _READ_AND_END)
            | _on("oauth_server.accesstoken", _READ_AND_END)
            | _on("oauth_server.refreshtoken", _READ_AND_END)
            | _on("oauth_server.personaltoken", _READ_AND_END)
            | _on("accounts.invitation", ("view", "add", "delete"))
            | _on("accounts.securityevent", ("view",))
            | {"accounts.support_user"}
        ),
    ),
    "role-auditors": Role(
        "Auditors",
        "A role in admin: reads, counts and exports security events, and changes nothing.",
        frozenset(_on("accounts.securityevent", ("view",))),
    ),
    "role-support": Role(
        "Support",
        "A role in admin: finds people below staff, ends their sessions, sends a link to sign in.",
        frozenset(
            _on("accounts.user", ("view",))
            | _on("account.emailaddress", ("view",))
            | _on("mfa.authenticator", ("view",))
            | {"accounts.support_user"}
        ),
    ),
}


class Difference(NamedTuple):
    """Tell how a role differs from what it was made for."""

    role: Role
    more: list[str]
    fewer: list[str]
    is_gone: bool = False

    def __str__(self) -> str:
        if self.is_gone:
            return _("The role %(role)s was deleted.") % {"role": self.role.name}
        said = [_("The role %(role)s was changed.") % {"role": self.role.name}]
        if self.more:
            said.append(_("It also may: %(list)s.") % {"list": ", ".join(self.more)})
        if self.fewer:
            said.append(_("It may no longer: %(list)s.") % {"list": ", ".join(self.fewer)})
        return " ".join(said)


def differences() -> list[Difference]:
    """Return the roles that somebody changed since they were made."""
    held: dict[str, set[str]] = {slug: set() for slug in _slugs_there()}
    rows = Permission.objects.filter(group__profile__slug__in=ROLES).values_list(
        "group__profile__slug", "content_type__app_label", "codename"
    )
    for slug, app, codename in rows:
        held[slug].add(f"{app}.{codename}")
    found = []
    for slug, role in ROLES.items():
        has = held.get(slug, set())
        more, fewer = sorted(has - role.permissions), sorted(role.permissions - has)
        if more or fewer:
            found.append(Difference(role, more, fewer, is_gone=slug not in held))
    return found


def _slugs_there() -> list[str]:
    return list(
        Group.objects.filter(profile__slug__in=ROLES).values_list("profile__slug", flat=True)
    )
