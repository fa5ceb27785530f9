"""Say for how long a client's tokens last: as an admin chose for it, otherwise as for all."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

MINUTES_OF_A_DAY = 24 * 60
MOST_DAYS = 10 * 365


def _at_most(most: int) -> "_StrOrPromise":
    return format_lazy(_("At most {most}. Empty: as for the whole site."), most=f"{most:,}")


def _lifetime(
    name: "_StrOrPromise", most: int, help_text: "_StrOrPromise"
) -> "models.PositiveIntegerField[int | None, int | None]":
    return models.PositiveIntegerField(
        name,
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(most)],
        help_text=format_lazy("{} {}", help_text, _at_most(most)),
    )


class Lifetimes(models.Model):
    """Hold an admin's choices. They count for what is issued from then on: a token says by itself
    when it ends. Codes live for so short a time that they are the same for all."""

    access_token_minutes = _lifetime(
        _("access token lifetime (minutes)"),
        MINUTES_OF_A_DAY,
        _("How long an access token works. It cannot be renewed, but the app may get another."),
    )
    refresh_token_idle_days = _lifetime(
        _("refresh token idle lifetime (days)"),
        MOST_DAYS,
        _("A refresh token that the app does not use ends after this."),
    )
    refresh_token_max_days = _lifetime(
        _("refresh token absolute lifetime (days)"),
        MOST_DAYS,
        _("A sign-in at the app ends after this, however much it is used."),
    )
    id_token_minutes = _lifetime(
        _("ID token lifetime (minutes)"),
        MINUTES_OF_A_DAY,
        _("How long an ID token counts. Kubernetes and others accept it as an access token."),
    )

    class Meta:
        abstract = True

    @property
    def access_token_lifetime(self) -> timedelta:
        minutes = self.access_token_minutes
        return timedelta(minutes=minutes) if minutes else settings.ACCESS_TOKEN_LIFETIME

    @property
    def refresh_token_idle_lifetime(self) -> timedelta:
        days = self.refresh_token_idle_days
        return timedelta(days=days) if days else settings.REFRESH_TOKEN_IDLE_LIFETIME

    @property
    def refresh_token_max_lifetime(self) -> timedelta:
        days = self.refresh_token_max_days
        return timedelta(days=days) if days else settings.REFRESH_TOKEN_MAX_LIFETIME

    @property
    def id_token_lifetime(self) -> timedelta:
        minutes = self.id_token_minutes
        return timedelta(minutes=minutes) if minutes else settings.ID_TOKEN_LIFETIME

    def lifetime_problems(self) -> list[str]:
        """Say what is wrong with the idle lifetime. One that was not chosen may be the longer."""
        idle, most = self.refresh_token_idle_days, self.refresh_token_max_lifetime
        if not idle or timedelta(days=idle) <= most:
            return []
        words = gettext("A refresh token ends after %(days)s days, however much it is used.")
        return [words % {"days": most.days}]

    def take_back_lifetimes(self) -> list[str]:
        """Take what is longer than for the whole site; return the columns of these. What is shorter
        stays: nobody lifts that but an admin. Nothing is saved."""
        longer = [name for name, (own, sites) in self._beside_the_sites().items() if own > sites]
        for name in longer:
            setattr(self, name, None)
        return longer

    def _beside_the_sites(self) -> dict[str, tuple[timedelta, timedelta]]:
        return {
            "access_token_minutes": (self.access_token_lifetime, settings.ACCESS_TOKEN_LIFETIME),
            "id_token_minutes": (self.id_token_lifetime, settings.ID_TOKEN_LIFETIME),
            "refresh_token_idle_days": (
                self.refresh_token_idle_lifetime,
                settings.REFRESH_TOKEN_IDLE_LIFETIME,
            ),
            "refresh_token_max_days": (
                self.refresh_token_max_lifetime,
                settings.REFRESH_TOKEN_MAX_LIFETIME,
            ),
        }
