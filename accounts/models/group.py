"""Keep who is in which group and why, and the rules by which people get into one.

Groups are Django's own. One that has permissions gives rights in Django admin; every other one says
who belongs together: which apps are open to them, and what apps are told of it.
"""

from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.text.email_addresses import normalise


class GroupProfileManager(models.Manager["GroupProfile"]):
    def free_slug(self, name: str) -> str:
        """Return a slug for a group of this name, with a number where another one has it."""
        wanted = slugify(name)[:40] or "group"
        taken = set(self.filter(slug__startswith=wanted).values_list("slug", flat=True))
        numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
        return next(slug for slug in (wanted, *numbered) if slug not in taken)

    def make_for(self, groups: Iterable[Group]) -> None:
        """Give a profile to those of `groups` that have none, as where `Group` was made by code."""
        for group in groups:
            self.get_or_create(group=group, defaults={"slug": self.free_slug(group.name)})


class GroupProfile(models.Model):
    """Keep what Django's own Group has no column for."""

    group = models.OneToOneField(
        Group, on_delete=models.CASCADE, primary_key=True, related_name="profile"
    )
    slug = models.SlugField(
        max_length=50,
        unique=True,
        help_text=_("The short name for commands and imports. It stays when the name changes."),
    )
    description = models.CharField(
        max_length=300, blank=True, help_text=_("Who belongs to it, and what it is for.")
    )

    objects = GroupProfileManager()

    def __str__(self) -> str:
        return self.slug


class Membership(models.Model):
    """Keep that a person is in a group: by an admin's hand (also by an import or an invitation), by
    a rule, or by both. What a rule gave ends with its reason; what a hand gave, no rule takes.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")
    by_hand = models.BooleanField(default=True, db_default=True)
    by_rule = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "accounts_user_groups"  # Django's own, from before it had these columns
        unique_together = (("user", "group"),)

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group_id}"


class GroupRule(models.Model):
    """Put people into a group for as long as something is known of them. Never into one that gives
    rights in Django admin: a third party, or a mail server, would hand them out."""

    DOMAIN, PROVIDER, CLAIM = "domain", "provider", "claim"
    KINDS = {
        DOMAIN: _("Everybody with a verified address of a domain"),
        PROVIDER: _("Everybody who is connected to a third party"),
        CLAIM: _("Everybody of whom a third party’s claim has a value"),
    }

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="rules")
    kind = models.CharField(max_length=8, choices=list(KINDS.items()))
    provider = models.CharField(_("third party"), max_length=200, blank=True)
    claim = models.CharField(
        max_length=50, blank=True, help_text=_("The name of the claim. Empty: groups.")
    )
    value = models.CharField(
        max_length=255,
        blank=True,
        help_text=_("The domain, such as example.org; or the value that the claim has to have."),
    )

    class Meta:
        verbose_name = "rule"
        constraints = [
            models.UniqueConstraint(
                fields=["group", "kind", "provider", "claim", "value"], name="one_rule_of_a_kind"
            )
        ]

    def __str__(self) -> str:
        said = (self.provider, self.claim_name if self.kind == self.CLAIM else "", self.value)
        return f"{self.kind}: {' '.join(filter(None, said))}"

    @property
    def claim_name(self) -> str:
        return self.claim or "groups"

    def clean(self) -> None:
        """Raise ValidationError, each problem on its field."""
        needed = {
            self.DOMAIN: ("value",),
            self.PROVIDER: ("provider",),
            self.CLAIM: ("provider", "value"),
        }.get(self.kind, ())
        missing = {
            name: gettext("This kind of rule needs it.")
            for name in needed
            if not getattr(self, name)
        }
        if missing:
            raise ValidationError(missing)
        self._drop_what_says_nothing(needed)
        if self.kind == self.DOMAIN:
            self.value = _domain(self.value)

    def _drop_what_says_nothing(self, needed: Iterable[str]) -> None:
        for name in {"provider", "value"} - set(needed):
            setattr(self, name, "")
        if self.kind != self.CLAIM or self.claim == "groups":
            self.claim = ""


def _domain(typed: str) -> str:
    """Return the one spelling of a domain. Raises ValidationError for what is none."""
    address = f"somebody@{typed.strip().removeprefix('@')}"
    try:
        validate_email(normalise(address))
    except ValidationError as error:
        raise ValidationError({"value": gettext("This is no domain.")}) from error
    return normalise(address).partition("@")[2]
