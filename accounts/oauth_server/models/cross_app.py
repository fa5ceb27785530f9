"""Keep for which other servers this site vouches for its people, so that an app may act for them
there without asking them again (draft-ietf-oauth-identity-assertion-authz-grant)."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.models.client import Client
from accounts.oauth_server.rules import resources
from accounts.oauth_server.rules.scopes import to_set

if TYPE_CHECKING:
    from accounts.models import User


class CrossAppPolicyManager(models.Manager["CrossAppPolicy"]):
    def of(self, client: Client, audience: str) -> "CrossAppPolicy | None":
        """Return the policy by which `client` asks for the server `audience`, None for none."""
        if resources.problem(audience):
            return None
        found = self.filter(client=client, key=resources.compared(audience))
        return found.select_related("relying_party").first()


class CrossAppPolicy(models.Model):
    """Let one client act at one other authorization server for people of this site."""

    client = models.ForeignKey(
        Client,
        verbose_name=_("app"),
        on_delete=models.CASCADE,
        related_name="cross_app_policies",
        db_index=False,  # the constraint below begins with it
        help_text=_("The app that people sign in to here and that acts for them there."),
    )
    audience = models.CharField(
        _("issuer of the other server"),
        max_length=resources.MAX_LENGTH,
        help_text=_("As its metadata writes it. The assertion has it as its audience (aud)."),
    )
    key = models.CharField(max_length=resources.MAX_LENGTH, editable=False)
    client_there = models.CharField(
        _("client ID there"),
        max_length=500,
        help_text=_("The one that the other server gave this app."),
    )
    relying_party = models.ForeignKey(
        Client,
        verbose_name=_("how that server signs people in"),
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_(
            "The app that the other server is registered as here. The assertion names people as "
            "it knows them."
        ),
    )
    scopes = models.TextField(
        _("scopes"),
        blank=True,
        default="",
        help_text=_("What it may ask for there at most, separated by spaces."),
    )
    resources = models.TextField(
        _("resources"),
        blank=True,
        default="",
        help_text=_("Which APIs of that server, one address a line. Empty: all."),
    )
    tells_email = models.BooleanField(
        _("e-mail address"),
        default=True,
        db_default=True,
        help_text=_("Tell the verified address, by which the other server can make an account."),
    )
    # As of clients: a column of its own, so that nobody may once the last group is gone.
    is_restricted = models.BooleanField(
        _("for chosen groups only"), default=False, db_default=False
    )
    groups = models.ManyToManyField("auth.Group", verbose_name=_("groups"), blank=True)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    objects = CrossAppPolicyManager()

    class Meta:
        verbose_name = _("cross-app access policy")
        verbose_name_plural = _("cross-app access policies")
        constraints = [
            models.UniqueConstraint(
                fields=["client", "key"],
                name="one_cross_app_policy_a_client_and_server",
                violation_error_message=_("There is a policy of this app for this server already."),
            )
        ]
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.client}: {self.audience}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.key = resources.compared(self.audience)
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Raise ValidationError, each problem on its field."""
        wrong = {}
        if resources.problem(self.audience) or not self.audience.startswith("http"):
            wrong["audience"] = _gettext("Write the issuer’s address, with https.")
        elif resources.is_own(self.audience):
            wrong["audience"] = _gettext("This site vouches for nobody to itself.")
        bad = [each for each in self.resources.split() if resources.problem(each)]
        if bad:
            wrong["resources"] = _gettext("This is no address: %(line)s") % {"line": bad[0]}
        if wrong:
            raise ValidationError(wrong)
        self.key = resources.compared(self.audience)
        self.scopes = " ".join(dict.fromkeys(self.scopes.split()))
        self.resources = "\n".join(self.resources.split())

    def is_open_to(self, person: "User") -> bool:
        """Return whether it may act there for `person`."""
        return not self.is_restricted or self.groups.filter(memberships__user=person).exists()

    def granted_scopes(self, asked: str | None) -> frozenset[str]:
        """Return those of the scopes asked for that it may have; all, where it asks for none."""
        allowed = to_set(self.scopes)
        return to_set(asked) & allowed if asked else allowed

    def reaches(self, resource: str) -> bool:
        """Return whether it may name the resource."""
        listed = {resources.compared(each) for each in self.resources.split()}
        return not listed or resources.compared(resource) in listed
