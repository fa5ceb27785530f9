"""Keep the hosts whose clients may not introduce themselves to this site."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.models.software import THIS_DEVICE
from accounts.oauth_server.rules import redirect_uris

if TYPE_CHECKING:
    from collections.abc import Iterable


class BlockedHostQuerySet(models.QuerySet["BlockedHost"]):
    def among(self, hosts: "Iterable[str]") -> str:
        """Return one of `hosts` that is blocked, "" where none is."""
        named = {host.lower().rstrip(".") for host in hosts}  # a name with its root is the same
        found = self.filter(host__in=named).order_by("host").first()
        return found.host if found else ""


class BlockedHost(models.Model):
    """Keep one row a host, without port. Of a scheme that an app claims on people's devices, the
    scheme stands for the host, as everywhere (rules/redirect_uris.py)."""

    host = models.CharField(
        _("host"),
        max_length=253,
        unique=True,
        help_text=_(
            "Such as agents.example. No client registers itself with an address there, and no "
            "metadata document is read from there."
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
        self.host = self.host.strip().lower().rstrip(".")
        if redirect_uris.is_loopback(self.host) or self.host == THIS_DEVICE:
            raise ValidationError({"host": gettext("Every native app is answered there.")})
        if not self.host.isascii() or not set(self.host).isdisjoint("/ @:?#"):
            raise ValidationError({"host": gettext("Name the host alone, such as agents.example.")})
