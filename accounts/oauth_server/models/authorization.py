"""Keep a person's consent to a client: what the account page lists as an authorized app."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from accounts.oauth_server.models.client import Client
from accounts.oauth_server.rules.scopes import to_set, to_text

if TYPE_CHECKING:
    from accounts.models import User
    from accounts.oauth_server.models.protected_resource import ProtectedResource


class AuthorizationQuerySet(models.QuerySet["Authorization"]):
    def lock(self, pk: int) -> "Authorization | None":
        """Lock one authorization for the rest of the transaction; None where it has ended.

        Whatever issues, rotates or ends tokens of a person and a client takes this lock first,
        so that nothing is issued beside a revocation. The person and the client come along.
        """
        return (
            self.select_for_update(of=("self",), no_key=True)
            .select_related("user", "client")
            .filter(pk=pk, user__is_active=True, client__is_active=True)
            .first()
        )


class AuthorizationManager(models.Manager.from_queryset(AuthorizationQuerySet)):  # type: ignore[misc]
    def record(
        self,
        user: "User",
        client: Client,
        scopes: frozenset[str],
        declined: frozenset[str] = frozenset(),
        *,
        address: str,
        resources: "Iterable[ProtectedResource]" = (),
    ) -> "Authorization":
        """Remember that `user` let `client` have `scopes`, on top of what they allowed before, but
        not what they `declined`: that is taken back where they had allowed it. `address` is the
        network address of the browser that they said so in, `resources` are the other APIs that
        the client may use on their behalf, with those of the scopes that are theirs."""
        with transaction.atomic():
            authorization, _ = self.get_or_create(user=user, client=client)
            authorization = self.select_for_update(no_key=True).get(pk=authorization.pk)
            authorization._decide(scopes, declined)
            authorization._let_use(resources, scopes)
            authorization.last_used = timezone.now()
            authorization.last_address = address
            authorization.is_outdated = False
            changed = ["scope", "declined", "last_used", "last_address", "is_outdated"]
            changed += ["resource", "resource_scopes"]
            authorization.save(update_fields=changed)
        return authorization

    def vouched(
        self,
        user: "User",
        client: Client,
        provider: str,
        scopes: frozenset[str],
        resources: Iterable[str],
    ) -> "Authorization":
        """Remember that the third party `provider` let `client` act for `user`, beside what the
        person allowed themselves, and lock the row. In a transaction."""
        row, _ = self.get_or_create(user=user, client=client)
        row = self.select_for_update(no_key=True).select_related("user", "client").get(pk=row.pk)
        row.vouched_by = provider
        row.vouched_scope = to_text(to_set(row.vouched_scope) | scopes)
        row.vouched_resource = sorted({*row.vouched_resource, *resources})
        row.save(update_fields=["vouched_by", "vouched_scope", "vouched_resource"])
        return row


class Authorization(models.Model):
    """Keep one row a person and client. Codes and tokens hang from it: deleting it ends them
    all."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="authorizations",
        db_index=False,  # the constraint below begins with it
    )
    client = models.ForeignKey(
        Client,
        on_delete=models.CASCADE,
        related_name="authorizations",
        db_index=False,  # the index below begins with it
    )
    scope = models.TextField(blank=True)
    declined = models.TextField(blank=True, default="")
    resource = models.JSONField(default=list, blank=True)
    # Which scopes they allowed at each: several may have one of the same name, and a yes to that of
    # one is none to another's.
    resource_scopes = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), editable=False
    )
    # What a third party lets the app do for its person, who was not asked: an identity assertion
    # (grants/jwt_bearer.py). `vouched_by` is the third party's ID.
    vouched_by = models.CharField(
        max_length=200, blank=True, default="", db_default="", editable=False
    )
    vouched_scope = models.TextField(blank=True, default="", db_default="", editable=False)
    vouched_resource = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), editable=False
    )
    # The app has changed what it registered since: the person has yet to decide about what it is.
    is_outdated = models.BooleanField(default=False, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    last_used = models.DateTimeField(default=timezone.now)
    # Of the person's browser at their yes, then of the app as it fetches its tokens.
    last_address = models.CharField(max_length=45, blank=True, default="", editable=False)

    objects = AuthorizationManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "client"], name="one_authorization_a_person_and_client"
            )
        ]
        # The list of an app's in Django admin, the newest first.
        indexes = [models.Index(fields=["client", "id"], name="authorization_of_client")]

    def __str__(self) -> str:
        return f"{self.client} for {self.user}"

    @property
    def resources(self) -> list[str]:
        """Return the identifiers of the other APIs that the client may use for the person: those
        that they allowed, and those that were vouched for."""
        return sorted({*self.resource, *self.vouched_resource})

    def _let_use(self, resources: "Iterable[ProtectedResource]", scopes: frozenset[str]) -> None:
        for row in resources:
            self.resource = sorted({*self.resource, row.identifier})
            before = self.resource_scopes.get(row.identifier, [])
            allowed = sorted({*before, *(scopes & row.sentences.keys())})
            self.resource_scopes = self.resource_scopes | {row.identifier: allowed}

    def _decide(self, allowed: frozenset[str], declined: frozenset[str]) -> None:
        before = to_set(self.scope)
        self.scope = to_text((before | allowed) - declined)
        self.declined = to_text((to_set(self.declined) - allowed) | declined)
        kept = self.resource_scopes.items()
        self.resource_scopes = {each: sorted({*names} - declined) for each, names in kept}
        if before & declined:
            # Refreshed ones will lack what was taken back (grants/refresh_token.py).
            self.access_tokens.all().delete()
