"""Edit the profile: what a person tells of themselves, and which apps may read it."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.account_pages import drafts
from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.models.user_name import may_change_name, name_taken
from accounts.oauth_server.models import Authorization
from accounts.oauth_server.rules.scopes import releasing, to_set
from accounts.security_events.details import ProfileFields
from accounts.security_events.record import record
from accounts.text.names import lines, one_line

_ABOUT = (
    "name",
    "preferred_username",
    "given_name",
    "family_name",
    "nickname",
    "birthdate",
    "zoneinfo",
)
_PHONE = ("phone_number",)
_ADDRESS = ("street_address", "postal_code", "locality", "region", "country")

# What a browser may fill in by itself (WCAG 1.3.5), by HTML's names; it knows none for the rest.
_PURPOSES = {
    "name": "name",
    "given_name": "given-name",
    "family_name": "family-name",
    "nickname": "nickname",
    "preferred_username": "username",
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
            "preferred_username": gettext_lazy("Username"),
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
        self._set_up_username()
        for name, field in self.fields.items():
            field.widget.attrs |= {"dir": "auto", "autocomplete": _PURPOSES.get(name, "off")}

    def _set_up_username(self) -> None:
        """Let it be changed where an admin allows it, and not too often; say why not."""
        field = self.fields["preferred_username"]
        field.disabled = not may_change_name(self.instance)
        field.help_text = _about_username(self.instance)

    def clean_preferred_username(self) -> str:
        before = self.instance.preferred_username
        name = str(self.cleaned_data["preferred_username"]) or before
        if name != before:
            self.instance.preferred_username = name
            self.instance.refuse_name_by_rule()
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        return {name: _undisturbing(name, value) for name, value in cleaned.items()}

    def changed(self) -> list[str]:
        """Return the fields that changed. Who empties their username keeps the one they have."""
        kept = self.cleaned_data["preferred_username"] == self.initial["preferred_username"]
        without = {"preferred_username"} if kept else set()
        return [name for name in self.changed_data if name not in without]

    def save(self, commit: bool = True) -> User:
        """Save what changed, and record which fields did, never what they say."""
        if "phone_number" in self.changed_data:
            self.instance.phone_number_verified = False
        if "preferred_username" in self.changed():
            self.instance.username_changed_at = timezone.now()
        with transaction.atomic():
            user = super().save(commit)
            changed = ProfileFields(tuple(self.changed()))
            record(Event.PROFILE_CHANGED, actor=Actor.PERSON, user=user, details=changed)
        return user


def _about_username(person: User) -> str:
    if not settings.USER_NAMES_CHANGEABLE:
        return _("Apps may know you by this name. Only an admin can change it.")
    days = settings.USER_NAME_CHANGE_DAYS
    if not days:
        return _("Apps may know you by this name.")
    words = ngettext(
        "Apps may know you by this name. You can change it once every %(days)d day.",
        "Apps may know you by this name. You can change it once every %(days)d days.",
        days,
    )
    return words % {"days": days}


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
        if form.changed() and not _save(form):
            return render(request, "accounts/profile.html", _context(user, form), status=409)
        messages.success(request, _("Your profile was saved."))
        return redirect("account_profile")
    return render(request, "accounts/profile.html", _context(user, form))


def _save(form: ProfileForm) -> bool:
    """Save it; False where somebody else took the username at the same moment."""
    try:
        form.save()
    except IntegrityError:
        form.add_error("preferred_username", name_taken())
        return False
    return True


def _context(user: User, form: ProfileForm) -> dict[str, Any]:
    let_in = list(Authorization.objects.filter(user=user).select_related("client"))
    return {
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


def _readers(authorizations: list[Authorization], *claims: str) -> list[str]:
    """Return the names of the apps that may read one of `claims`."""
    opening = {scope for claim in claims for scope in releasing(claim)}
    return [row.client.name for row in authorizations if not opening.isdisjoint(to_set(row.scope))]
