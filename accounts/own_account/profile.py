"""Change what a person tells of themselves."""

from typing import Any

from django import forms
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.models.user_name import may_change_name, name_taken
from accounts.oauth_server.models import Client
from accounts.security_events.details import ProfileFields
from accounts.security_events.record import record
from accounts.text.names import lines, one_line

ABOUT = (
    "name",
    "preferred_username",
    "given_name",
    "family_name",
    "nickname",
    "birthdate",
    "zoneinfo",
)
PHONE = ("phone_number",)
ADDRESS = ("street_address", "postal_code", "locality", "region", "country")

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
    actor = Actor.PERSON  # who changes it
    client: Client | None = None  # where one does

    class Meta:
        model = User
        fields = (*ABOUT, *PHONE, *ADDRESS)
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
            by: dict[str, Any] = {"actor": self.actor, "client": self.client}
            record(Event.PROFILE_CHANGED, **by, user=user, details=changed)
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


class NotValid(Exception):
    """Refuse a change; `errors` say why, by the form's names of fields."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(errors)
        self.errors = errors


def lock(user: User) -> User | None:
    """Return the person as they are, and stay while the transaction lasts."""
    return User.objects.lock(user.pk)


def change(
    person: User, values: dict[str, str], *, actor: Actor, client: Client | None = None
) -> User:
    """Change what `values` name of a person who is locked, as the page does; `client` is the app
    that does it, where one does. Raises NotValid."""
    before = {name: getattr(person, name) for name in ProfileForm.Meta.fields}
    form = ProfileForm(before | values, instance=person)
    form.actor, form.client = actor, client
    name, is_kept = "preferred_username", form.fields["preferred_username"].disabled
    if is_kept and values.get(name, before[name]) != before[name]:
        raise NotValid({name: [_about_username(person)]})
    if not form.is_valid():
        raise NotValid({name: [str(each) for each in said] for name, said in form.errors.items()})
    if not form.changed():
        return person
    try:
        with transaction.atomic():
            return form.save()
    except IntegrityError as error:
        raise NotValid({"preferred_username": [name_taken()]}) from error
