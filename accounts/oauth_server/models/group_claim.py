"""Keep how a client is told of a person's groups: which of them, under which name, as what.

The groups are Django's own. A client reads of them only with the scope `groups`, which an admin
lets it have and the person allows.
"""

import json
import re
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from accounts.oauth_server.rules.scopes import SCOPES, claims_of
from accounts.storage.rows import first_row

SCOPE = "groups"

# What answers say of themselves (Core section 2, RFC 7519 section 4.1, RFC 7662 section 2.2).
_TAKEN = frozenset(
    (
        *("iss", "sub", "aud", "exp", "iat", "nbf", "jti", "azp", "nonce", "at_hash", "c_hash"),
        *("auth_time", "acr", "amr", "sid", "active", "scope", "client_id", "username"),
        *("token_type", "cnf", "act", "may_act", "events"),
    )
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.:/-]{0,99}")


class GroupClaim(models.Model):
    """Hold an admin's choices of a claim about groups (OpenID Connect Core section 5.1.2)."""

    LIST, FIRST, IS_MEMBER = "list", "first", "member"
    FORMS = {
        LIST: _("A list: the name of each group, or the value below"),
        FIRST: _("One text: the value of the first group below that the person is in"),
        IS_MEMBER: _("true or false: whether the person is in any group below"),
    }
    ID_TOKEN, USERINFO, INTROSPECTION = "id_token", "userinfo", "introspection"
    PLACES = {ID_TOKEN: _("ID token"), USERINFO: "UserInfo", INTROSPECTION: _("Introspection")}

    groups_claim = models.CharField(
        "claim",
        max_length=100,
        default=SCOPE,
        db_default=SCOPE,
        help_text=_("The name under which the app reads the groups, such as groups or roles."),
    )
    groups_form = models.CharField(
        "form", max_length=6, choices=list(FORMS.items()), default=LIST, db_default=LIST,
        help_text=_("What its value is."),
    )  # fmt: skip
    groups_in = models.TextField(
        default=f"{ID_TOKEN} {USERINFO}", db_default=f"{ID_TOKEN} {USERINFO}", blank=True
    )
    groups_only_listed = models.BooleanField(
        _("only the groups below"),
        default=False,
        db_default=False,
        help_text=_(
            "Tell a list of the groups below alone. Otherwise of every group of the person. "
            "Stays so if the last one below is deleted."
        ),
    )

    class Meta:
        abstract = True

    def tells_groups_in(self, place: str) -> bool:
        return place in self.groups_in.split()

    def group_claim_problems(self) -> dict[str, list[str]]:
        """Say what is wrong, by column."""
        places = [name for name in self.groups_in.split() if name not in self.PLACES]
        return {
            "groups_claim": self._name_problems(),
            "groups_in": [
                gettext("“%(name)s” is no place for claims.") % {"name": name} for name in places
            ],
        }

    def _name_problems(self) -> list[str]:
        name = self.groups_claim
        if name != SCOPE and (name in _TAKEN or name in claims_of(SCOPES)):
            return [gettext("“%(name)s” says something else already.") % {"name": name}]
        return [] if _NAME.fullmatch(name) else [gettext("Use letters, digits and - _ . : / only.")]


class GroupValue(models.Model):
    """Keep one group that a client is told of, and as what."""

    client = models.ForeignKey(
        "oauth_server.Client", on_delete=models.CASCADE, related_name="group_values", db_index=False
    )
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")
    value = models.CharField(
        max_length=200,
        blank=True,
        help_text=_("Empty: the name of the group, whatever it is then."),
    )

    class Meta:
        verbose_name = _("group that the app is told of")
        verbose_name_plural = _("groups that the app is told of")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["client", "group"], name="one_value_a_client_and_group")
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.value or self.group}"

    def clean(self) -> None:
        if not self.value.isprintable():
            raise ValidationError({"value": gettext("It has characters that cannot be shown.")})


def told_groups() -> str:
    """Return the SQL of the groups of `person` that `client` may be told of, as JSON: None where
    there are none. Each with the row that lists it."""
    gather, pair, text = _JSON[connection.vendor]
    only_listed = f"(client.groups_only_listed OR client.groups_form <> '{GroupClaim.LIST}')"
    return f"""
        (SELECT {gather}({pair}(listed.id, COALESCE(NULLIF(listed.value, ''), named.name))){text}
         FROM {Membership._meta.db_table} AS member
         JOIN {Group._meta.db_table} AS named ON named.id = member.group_id
         LEFT JOIN {GroupValue._meta.db_table} AS listed
           ON listed.client_id = client.id AND listed.group_id = named.id
         WHERE member.user_id = person.id AND (listed.id IS NOT NULL OR NOT {only_listed}))
    """  # noqa: S608 (names of tables, no input)


_JSON = {
    "postgresql": ("json_agg", "json_build_array", "::text"),
    "sqlite": ("json_group_array", "json_array", ""),
}


def read(told: str | None) -> list[tuple[int | None, str]]:
    """Return what `told_groups` found."""
    found: list[Any] = json.loads(told or "[]")
    return [(listed, value) for listed, value in found]


def groups_of(person: Any, client: Any) -> list[tuple[int | None, str]]:
    """Return the groups of `person` that `client` may be told of."""
    statement = f"""
        SELECT {told_groups()} FROM {type(person)._meta.db_table} AS person
        JOIN {type(client)._meta.db_table} AS client ON client.id = %s WHERE person.id = %s
    """  # noqa: S608 (names of tables, no input)
    row = first_row(statement, [client.pk, person.pk])
    return read(next(row)) if row else []
