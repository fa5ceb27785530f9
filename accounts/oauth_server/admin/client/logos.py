"""Have an admin give a client its logo: upload one, fetch the one that it names, or take it."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminFileWidget
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.clients import logos
from accounts.oauth_server.models import Client, ClientLogo
from accounts.staff.model_admin import ModelAdmin
from accounts.staff.proof import AGAIN

FIELDSET: Any = (_("Logo"), {"fields": ("current_logo", "logo")})

_AT_ONCE = 10  # apps: each may take as long as any call, and the admin waits


class _Uploaded:
    """Describe a logo as Django describes a stored file, so that its widget offers to clear it."""

    def __init__(self, logo: ClientLogo) -> None:
        self.url = address_of(logo.digest)
        self._words = f"{logo.width} × {logo.height}, {logo.get_source_display().lower()}"

    def __str__(self) -> str:
        return self._words


def address_of(digest: str) -> str:
    return reverse("oauth_server:logo", args=[digest])


class LogoField(forms.ModelForm):  # type: ignore[type-arg]
    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        widget=AdminFileWidget(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
        help_text=_(
            "PNG, JPEG, WebP or GIF, up to 512 KB and 1024 by 1024 pixels; square looks "
            "best. People see it where the app asks for access and among their apps, as long as "
            "the "
            "app is verified. Without one they see its first letter."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        logo = ClientLogo.objects.defer("image").filter(client=self.instance.pk).first()
        self.initial["logo"] = _Uploaded(logo) if logo else None

    def clean_logo(self) -> Any:
        """Return what was uploaded, drawn anew; False to take the logo away; else what is there."""
        if self.data.get(AGAIN):
            raise forms.ValidationError(
                gettext("Choose the file again: it was not kept meanwhile.")
            )
        sent = self.cleaned_data["logo"]
        if not isinstance(sent, UploadedFile):
            return sent
        try:
            return logos.draw(sent.read())
        except logos.NoLogo as error:
            raise forms.ValidationError(str(error)) from error


class LogoAdmin(ModelAdmin):
    """Show and keep the logos of clients, on their page and in their list."""

    @admin.display(description=_("logo now"))
    def current_logo(self, client: Client) -> str:
        logo = ClientLogo.objects.defer("image").filter(client=client.pk).first()
        if logo is None:
            return gettext("None")
        picture = '<img src="{}" width="{}" height="{}" alt="">'
        return format_html(picture, address_of(logo.digest), logo.width, logo.height)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave the upload away for whoever may only look: there is no such column to show."""
        found = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return found
        return [
            (gettext("Logo"), {"fields": ("current_logo",)}) if f == FIELDSET else f for f in found
        ]

    @admin.action(
        description=_("Fetch the logo that the app names (logo_uri)"), permissions=["change"]
    )
    def fetch_logo(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        clients = list(queryset)
        if not all(self.has_change_permission(request, client) for client in clients):
            raise PermissionDenied
        self.fetch_logos(request, clients)

    def fetch_logos(self, request: HttpRequest, clients: Iterable[Client]) -> None:
        """Fetch the logos that `clients` name, and tell of each that cannot be had."""
        asked = list(clients)
        for client in asked[:_AT_ONCE]:
            try:
                logos.fetch(client)
            except logos.NoLogo as error:
                messages.warning(
                    request,
                    gettext("No logo of “%(client)s” was fetched. %(error)s")
                    % {"client": client, "error": error},
                )
            else:
                self.log_change(request, client, "Fetched its logo.")
        if len(asked) > _AT_ONCE:
            words = gettext(
                "Logos were fetched of the first %(most)s apps only. Choose fewer at once."
            ) % {"most": _AT_ONCE}
            messages.warning(request, words)


def keep(client: Client, form: forms.ModelForm) -> None:  # type: ignore[type-arg]
    """Keep what the form says of the client's logo."""
    if "logo" not in form.changed_data:
        return
    chosen = form.cleaned_data["logo"]
    if chosen is False:
        logos.remove(client)
    else:
        logos.keep(client, chosen, ClientLogo.UPLOADED)


def waiting_for_one(clients: Iterable[Client]) -> list[Client]:
    """Return those of `clients` that name a logo and have none."""
    return [
        client
        for client in clients
        if logos.named_by(client) and not ClientLogo.objects.filter(client=client).exists()
    ]
