"""Keep the hosts whose clients may not introduce themselves to this site."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.models.software import THIS_DEVICE
from accounts.oauth_server.rules import host_names, redirect_uris

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class BlockedHostQuerySet(models.QuerySet["BlockedHost"]):
    def among(self, hosts: "Iterable[str]", *, schemes: "Collection[str]" = ()) -> str:
        """Return what blocks one of `hosts`, which may be a name above it; "" where nothing does.
        Those that are `schemes` have no names above them."""
        named = {name for host in hosts for name in _covering(host, schemes)}
        found = self.filter(host__in=named).order_by("host").first()
        return found.host if found else ""

    def covered(self, hosts: "Iterable[str]", *, schemes: "Collection[str]" = ()) -> set[str]:
        """Return those of `hosts` that are blocked, as `among` finds it, in one statement."""
        names = {host: _covering(host, schemes) for host in hosts}
        every = {name for each in names.values() for name in each}
        blocked = set(self.filter(host__in=every).values_list("host", flat=True))
        return {host for host, each in names.items() if not blocked.isdisjoint(each)}


def _covering(host: str, schemes: "Collection[str]") -> list[str]:
    return [host] if host in schemes else host_names.covering(host)


class BlockedHost(models.Model):
    """Keep one row a host, without port, which stands for the hosts below it. Of a scheme that an
    app claims on people's devices, the scheme stands for the host, as everywhere
    (rules/redirect_uris.py)."""

    host = models.CharField(
        _("host"),
        max_length=253,
        unique=True,
        help_text=_(
            "Such as agents.example, which blocks www.agents.example and all others below it, too. "
            "No client registers itself with an address there, and no metadata document is read "
            "from there. An IP address or a name without a dot stands for itself alone."
        ),
    )
    created = models.DateTimeField(_("blocked"), auto_now_add=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("blocked by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    objects = BlockedHostQuerySet.as_manager()

    class Meta:
        verbose_name = _("blocked host")
        verbose_name_plural = _("blocked hosts")
        ordering = ("host",)

    def __str__(self) -> str:
        return self.host

    def clean(self) -> None:
        try:
            self.host = host_names.normalized(self.host)
        except host_names.NoHost as error:
            words = gettext("Name the host alone, such as agents.example.")
            raise ValidationError({"host": words}) from error
        if redirect_uris.is_loopback(self.host) or self.host == THIS_DEVICE:
            raise ValidationError({"host": gettext("Every native app is answered there.")})
        if host_names.is_of_everybody(self.host):
            words = gettext(
                "The names of many people’s hosts end with this. Name the host of the client that "
                "you want to block."
            )
            raise ValidationError({"host": words})
