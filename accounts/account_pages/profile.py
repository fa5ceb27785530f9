"""Edit the profile: what a person tells of themselves, and which apps may read it."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.account_pages import drafts
from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import Authorization
from accounts.oauth_server.rules.scopes import releasing, to_set
from accounts.security_events.details import ProfileFields
from accounts.security_events.record import record
from accounts.text.names import lines, one_line

_ABOUT = ("name", "given_name", "family_name", "nickname", "birthdate", "zoneinfo")
_PHONE = ("phone_number",)
_ADDRESS = ("street_address", "postal_code", "locality", "region", "country")

# What a browser may fill in by itself (WCAG 1.3.5), by HTML's names; it knows none for the rest.
_PURPOSES = {
    "name": "name",
    "given_name": "given-name",
    "family_name": "family-name",
    "nickname": "nickname",
    "birthdate": "bday",
    "phone_number": "tel",
    "street_address": "street-address",
    "postal_code": "postal-code",
    "locality": "address-level2",
    "region": "address-level1",
    "country": "country-name",
}


class ProfileForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = (*_ABOUT, *_PHONE, *_ADDRESS)
        labels = {
            "name": gettext_lazy("Name"),
            "given_name": gettext_lazy("First name"),
            "family_name": gettext_lazy("Last name"),
            "nickname": gettext_lazy("Nickname"),
            "birthdate": gettext_lazy("Date of birth"),
            "zoneinfo": gettext_lazy("Time zone"),
            "phone_number": gettext_lazy("Phone number"),
            "street_address": gettext_lazy("Street address"),
            "postal_code": gettext_lazy("Postal code"),
            "locality": gettext_lazy("City"),
            "region": gettext_lazy("State or region"),
            "country": gettext_lazy("Country"),
        }
        help_texts = {
            "birthdate": gettext_lazy("For example 1990-12-31, or only the year."),
            "zoneinfo": gettext_lazy("For example Europe/Berlin."),
            "phone_number": gettext_lazy(
                "With country code, digits only. For example +4930123456."
            ),
        }
        widgets = {"street_address": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs |= {"dir": "auto", "autocomplete": _PURPOSES.get(name, "off")}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        return {name: _undisturbing(name, value) for name, value in cleaned.items()}

    def save(self, commit: bool = True) -> User:
        """Save what changed, and record which fields did, never what they say."""
        if "phone_number" in self.changed_data:
            self.instance.phone_number_verified = False
        with transaction.atomic():
            user = super().save(commit)
            changed = ProfileFields(tuple(self.changed_data))
            record(Event.PROFILE_CHANGED, actor=Actor.PERSON, user=user, details=changed)
        return user


def _undisturbing(field: str, value: str) -> str:
    return lines(value) if field == "street_address" else one_line(value)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account_profile(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(
        pk=cast(User, request.user).pk
    )  # a form that is refused must not rename the page
    form = ProfileForm(request.POST or None, instance=user, initial=drafts.take(request))
    if request.method == "POST" and form.is_valid():
        if form.has_changed():
            form.save()
        messages.success(request, _("Your profile was saved."))
        return redirect("account_profile")
    let_in = list(Authorization.objects.filter(user=user).select_related("client"))
    context = {
        "form": form,
        "groups": [
            (_("Basic info"), [form[name] for name in _ABOUT], _readers(let_in, *_ABOUT)),
            (_("Phone"), [form[name] for name in _PHONE], _readers(let_in, *_PHONE)),
            (
                _("Postal address"),
                [form[name] for name in _ADDRESS],
                _readers(let_in, "address", *_ADDRESS),
            ),
        ],
    }
    return render(request, "accounts/profile.html", context)


def _readers(authorizations: list[Authorization], *claims: str) -> list[str]:
    """Return the names of the apps that may read one of `claims`."""
    opening = {scope for claim in claims for scope in releasing(claim)}
    return [row.client.name for row in authorizations if not opening.isdisjoint(to_set(row.scope))]
