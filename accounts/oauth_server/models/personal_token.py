"""Keep the personal tokens that people's own scripts call the API with: made by hand, no client
between."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.rules.credentials import Kind, digest, is_well_formed, mint
from accounts.oauth_server.rules.scopes import to_text

if TYPE_CHECKING:
    from accounts.models import User

AT_MOST = 50  # of one person
NAME_LENGTH = 100


class PersonalTokenQuerySet(models.QuerySet["PersonalToken"]):
    def issue(
        self, user: "User", *, name: str, scopes: frozenset[str], expires: datetime | None
    ) -> str:
        """Make a token for `user` and return it: the only time that anybody sees it.

        Raises IntegrityError where they have one of that name.
        """
        token = mint(Kind.PERSONAL_TOKEN)
        self.create(
            user=user, name=name, digest=digest(token), scope=to_text(scopes), expires=expires
        )
        return token

    def presented(self, token: str) -> "PersonalToken | None":
        if not is_well_formed(token, Kind.PERSONAL_TOKEN):
            return None
        return self.select_related("user").filter(digest=digest(token)).first()

    def note_use(self, pk: int, address: str) -> None:
        """Remember that the token was used just now, from `address`."""
        self.filter(pk=pk).update(last_used=timezone.now(), last_address=address)


class PersonalToken(models.Model):
    """Name a key to the API, for its owner alone. `digest` is all that is kept of it.

    `last_used` is exact to accounts/storage/last_used.py.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="personal_tokens",
        db_index=False,  # the constraint below begins with it
    )
    name = models.CharField(max_length=NAME_LENGTH)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.TextField()
    created = models.DateTimeField(default=timezone.now, editable=False)
    expires = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True, editable=False)
    last_address = models.CharField(max_length=45, blank=True, editable=False)

    objects = PersonalTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("personal access token")
        constraints = [
            # Also what keeps a form that is sent twice from making two.
            models.UniqueConstraint(fields=["user", "name"], name="one_personal_token_a_name")
        ]
        indexes = [models.Index(fields=["expires"])]  # cleanup

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"

    def is_expired(self) -> bool:
        return self.expires is not None and self.expires <= timezone.now()
