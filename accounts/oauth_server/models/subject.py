"""Keep the subjects that pairwise clients know people by (OpenID Connect Core section 8.1)."""

from django.conf import settings
from django.db import models

from accounts.models import new_subject


class PairwiseSubject(models.Model):
    """Name one person in one sector.

    Random and kept, not computed: no key is there whose change would make everybody a stranger,
    and whose theft would lead from one sector's subjects to another's.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # the constraint below begins with it
    )
    sector = models.CharField(max_length=255)
    sub = models.CharField(max_length=32, unique=True, default=new_subject)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "sector"], name="one_subject_a_person_and_sector"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.sector}"
