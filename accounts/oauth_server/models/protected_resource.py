"""Keep the protected resources (RFC 9728) that tokens of this site are for, beside its own API: the
services of others that ask it, or its keys, whether a token is good.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.models.client import Client
from accounts.oauth_server.models.signing_key import ALGORITHMS, DEFAULT_ALGORITHM
from accounts.oauth_server.rules import resources
from accounts.oauth_server.rules.scopes import SCOPES, Scope, entries
from accounts.text import display_names

_LIFETIME_OF_JWTS = timedelta(minutes=5)  # until an admin chooses
_LINE = re.compile(r"(?P<name>[\x21\x23-\x5b\x5d-\x7e]+)\s+(?P<sentence>\S.*)")


class ProtectedResourceQuerySet(models.QuerySet["ProtectedResource"]):
    def named(self, identifiers: Iterable[str]) -> "list[ProtectedResource]":
        """Return the resources of these identifiers, as far as there are such."""
        wanted = list(identifiers)
        return list(self.filter(identifier__in=wanted).order_by("name", "pk")) if wanted else []

    def compared(self, keys: Iterable[str]) -> "dict[str, ProtectedResource]":
        """Return by `key` the resources that identifiers of these keys mean."""
        return {row.key: row for row in self.filter(key__in=list(keys))}


class ProtectedResource(models.Model):
    """Keep one resource. `key` is what its identifier is compared by; `scopes` has one a line: its
    name, and the sentence that people read of it."""

    identifier = models.CharField(
        _("identifier"),
        max_length=resources.MAX_LENGTH,
        unique=True,
        help_text=_(
            "The address of the API, as apps send it in “resource”. Tokens for it have it as their "
            "audience (aud), letter by letter. It cannot be changed later."
        ),
    )
    key = models.CharField(max_length=resources.MAX_LENGTH, unique=True, editable=False)
    name = models.CharField(
        _("name"), max_length=100, help_text=_("What people read when an app asks to use it.")
    )
    scopes = models.TextField(
        _("scopes"),
        blank=True,
        default="",
        help_text=_(
            "One a line: the name, a space, and the sentence that people read. For example: "
            "calendar.read See your calendar"
        ),
    )
    OPAQUE, JWT = "opaque", "jwt"
    FORMATS = {
        OPAQUE: _("Opaque: the API asks this site, and learns at once that a token has ended"),
        JWT: _("JWT: the API checks it by this site’s keys, and learns it when the token expires"),
    }
    access_token_format = models.CharField(
        _("format of access tokens"),
        max_length=6,
        choices=list(FORMATS.items()),
        default=OPAQUE,
        db_default=OPAQUE,
    )
    algorithm = models.CharField(
        _("signature"),
        max_length=5,
        choices=[(each, each) for each in ALGORITHMS],
        default=DEFAULT_ALGORITHM,
        db_default=DEFAULT_ALGORITHM,
        help_text=_("Of JWTs."),
    )
    tells_groups = models.BooleanField(
        _("groups in the token"),
        default=False,
        db_default=False,
        help_text=_(
            "Of JWTs: put the groups that the app is told of into the token, if the person allows "
            "the scope “groups”."
        ),
    )
    access_token_minutes = models.PositiveIntegerField(
        _("lifetime of access tokens, in minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "Empty: as long as the app’s tokens for this site’s own API; JWTs, 5 minutes at most."
        ),
    )
    is_for_listed = models.BooleanField(
        _("for listed apps only"),
        default=False,
        help_text=_(
            "Otherwise every app may ask people for it. An app acts on its own behalf there only "
            "if it is listed."
        ),
    )
    clients = models.ManyToManyField(
        Client, verbose_name=_("listed apps"), blank=True, related_name="resources"
    )
    server = models.ForeignKey(
        Client,
        verbose_name=_("resource server"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="served",
        help_text=_(
            "The app that the API proves itself with when it asks whether a token is good. It is "
            "told of tokens for its own resources alone."
        ),
    )
    created = models.DateTimeField(auto_now_add=True)

    objects = ProtectedResourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("protected resource")
        verbose_name_plural = _("protected resources")
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.key = resources.compared(self.identifier)
        super().save(*args, **kwargs)

    @property
    def sentences(self) -> dict[str, str]:
        """Return its scopes, each with its sentence."""
        found = filter(None, map(_LINE.fullmatch, self.scopes.splitlines()))
        return {match["name"]: match["sentence"].strip() for match in found}

    @property
    def is_jwt(self) -> bool:
        """Return whether its tokens can be checked without asking this site."""
        return self.access_token_format == self.JWT

    def lifetime_for(self, client: Client) -> timedelta:
        """Return how long the access tokens of `client` for it last."""
        if self.access_token_minutes is not None:
            return timedelta(minutes=self.access_token_minutes)
        own = client.access_token_lifetime
        return min(own, _LIFETIME_OF_JWTS) if self.is_jwt else own

    def is_open_to(self, client: Client, *, by_itself: bool) -> bool:
        """Return whether `client` may ask for it: on behalf of a person, or `by_itself`."""
        if not (self.is_for_listed or by_itself):
            return True
        return self.clients.filter(pk=client.pk).exists()

    def clean(self) -> None:
        """Raise ValidationError, each problem on its field."""
        problems = {
            "identifier": self._identifier_problems(),
            "name": display_names.problems(self.name),
            "scopes": self._scope_problems(),
        }
        if any(problems.values()):
            raise ValidationError({field: found for field, found in problems.items() if found})

    def _identifier_problems(self) -> list[str]:
        if resources.problem(self.identifier):
            return [_gettext("This is no absolute URI, or it has a fragment (#).")]
        if resources.is_own(self.identifier):
            return [_gettext("This site’s own API needs no entry.")]
        same = ProtectedResource.objects.filter(key=resources.compared(self.identifier))
        if same.exclude(pk=self.pk).exists():
            return [_gettext("There is a resource with this identifier already.")]
        return []

    def _scope_problems(self) -> list[str]:
        lines = [line.strip() for line in self.scopes.splitlines() if line.strip()]
        self.scopes = "\n".join(lines)
        wrong = [line for line in lines if not _LINE.fullmatch(line)]
        if wrong:
            words = _gettext("Write a name, a space and a sentence: %(line)s")
            return [words % {"line": line} for line in wrong]
        names = [line.split()[0] for line in lines]
        taken = sorted(name for name in set(names) if name in SCOPES or names.count(name) > 1)
        words = _gettext("There is a scope with this name already: %(name)s")
        return [words % {"name": name} for name in taken]


def to_lines(scopes: Mapping[str, str]) -> str:
    """Return what the column `scopes` has of names and their sentences. Raises ValidationError for
    what would not be read as it was told."""
    lines = [f"{name} {said}" for name, said in scopes.items()]
    for (name, said), line in zip(scopes.items(), lines, strict=True):
        found = _LINE.fullmatch(line)
        read = (found["name"], found["sentence"]) if found else None
        if read != (name, said) or line.splitlines() != [line]:
            words = _gettext("Write a name, a space and a sentence: %(line)s")
            raise ValidationError({"scopes": words % {"line": line}})
    return "\n".join(lines)


def described(names: Iterable[str], rows: Iterable[ProtectedResource] = ()) -> list[Scope]:
    """Return the scopes of these names: this site's own, then those of the resources `rows`."""
    chosen = frozenset(names)
    others: dict[str, list[str]] = {}  # of one name at several, what each says
    for row in rows:
        for name in chosen & row.sentences.keys():
            others.setdefault(name, []).append(row.sentences[name])
    said = {name: " · ".join(dict.fromkeys(each)) for name, each in sorted(others.items())}
    return [*entries(chosen), *(Scope(name, sentence) for name, sentence in said.items())]
