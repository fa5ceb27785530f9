"""Keep who may exchange whose tokens (RFC 8693), and who acts for whom by what was exchanged."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.models.authorization import Authorization
from accounts.oauth_server.models.client import Client


class ExchangePolicy(models.Model):
    """Allow one client to exchange the tokens that another client has of people.

    No policy is needed for a client's own tokens, nor for those that are for a resource which the
    client serves: it was handed these to act on.
    """

    client = models.ForeignKey(
        Client,
        verbose_name=_("app that exchanges"),
        on_delete=models.CASCADE,
        related_name="exchange_policies",
        db_index=False,  # the constraint below begins with it
    )
    source = models.ForeignKey(
        Client,
        verbose_name=_("app whose tokens it exchanges"),
        on_delete=models.CASCADE,
        related_name="+",
    )
    may_impersonate = models.BooleanField(
        _("may impersonate"),
        default=False,
        db_default=False,
        help_text=_(
            "What it gets does not tell that it acts for somebody: APIs take it for the person’s "
            "own app. Otherwise tokens name it as the one who acts (act)."
        ),
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("token exchange policy")
        verbose_name_plural = _("token exchange policies")
        constraints = [
            models.UniqueConstraint(
                fields=["client", "source"], name="one_exchange_policy_a_pair_of_clients"
            )
        ]
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.client}: {self.source}"


class DelegationManager(models.Manager["Delegation"]):
    def note(
        self, authorization: Authorization, client: Client, scope: str, *, impersonates: bool
    ) -> None:
        """Remember that `client` acts by what the person of `authorization` allowed another."""
        told = {"scope": scope, "impersonates": impersonates, "last_used": timezone.now()}
        self.update_or_create(authorization=authorization, client=client, defaults=told)


class Delegation(models.Model):
    """Keep that a client acts for a person by way of the app that they allowed to: what the page of
    that app tells. `scope` is that of the latest exchange."""

    authorization = models.ForeignKey(
        Authorization,
        on_delete=models.CASCADE,
        related_name="delegations",
        db_index=False,  # the constraint below begins with it
    )
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="delegations")
    scope = models.TextField(blank=True)
    impersonates = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)
    last_used = models.DateTimeField()

    objects = DelegationManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authorization", "client"],
                name="one_delegation_a_client",
            )
        ]

    def __str__(self) -> str:
        return f"{self.client} by {self.authorization}"
