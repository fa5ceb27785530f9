"""Manage people in Django admin, with their addresses and second factors."""

from typing import Any

import allauth.account.admin  # noqa: F401 (registers its page, which is taken away here)
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.members import InGroup
from accounts.admin.person_actions import ActsOnPeople
from accounts.admin.person_overview import sections
from accounts.admin.second_factors import ActsOnSecondFactors
from accounts.endings import deletion, memberships, people, proven_address
from accounts.entrance.mailed_links import account_links
from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.models.standard_claims import StandardClaims
from accounts.own_account import ways_in
from accounts.second_factors.recorders import name_of
from accounts.security_events.receipts import in_words
from accounts.security_events.record import record
from accounts.site.admin_search import FindsRows
from accounts.staff.model_admin import TabularInline, is_superuser
from accounts.text.email_addresses import normalise, readable

# allauth's own page verifies an address without what a proof does (endings/proven_address.py).
admin.site.unregister(EmailAddress)

_EMPTIED = _(
    "This is the first verified address of {}. Everything that was in the account before was "
    "removed, including the password, because somebody else may have set it up."
)

_IS_ADMIN_NOW = _(
    "{} is an admin now. Make sure that all of this is theirs alone, as each of it opens the "
    "account: {}. Remove what is not, and end their sessions."
)


def _checked(email: str, *, of: int) -> str:
    """Return the spelling of `email` that is stored. Raises ValidationError where it is another
    account's, whose person would then be led to this one."""
    spelt = normalise(email)
    if User.objects.is_named(spelt, but_by=of):
        raise forms.ValidationError(
            gettext("%(address)s belongs to another account.") % {"address": readable(spelt)}
        )
    return spelt


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    in_groups = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name"),
        label=_("Groups"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("No rule takes anybody out of these."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["in_groups"] = Group.objects.filter(
                memberships__user=self.instance, memberships__by_hand=True
            )

    def clean_email(self) -> str:
        return _checked(self.cleaned_data["email"], of=self.instance.pk or 0)


class EmailAddressForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_email(self) -> str:
        return _checked(self.cleaned_data["email"], of=self.instance.user_id or 0)


class EmailAddressInline(TabularInline):
    model = EmailAddress
    form = EmailAddressForm


@admin.register(User)
class PersonAdmin(FindsRows, ActsOnPeople, ActsOnSecondFactors):
    whose = "pk"
    form = PersonForm
    list_display = ("main_address", "name", "is_active", "is_staff", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", InGroup)
    search_fields = ("email",)
    search_help_text = _("E-mail address, name or subject, or how a word of them begins")
    person = "pk"
    ordering = ("email",)
    sortable_by = ("main_address", "date_joined")  # what an index knows
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("email", "name", "sub", "is_active", "is_staff", "is_superuser"),
                    *("in_groups", "groups_by_rule"),
                    *("date_joined", "last_login", "delete_after"),
                )
            },
        ),
        (
            _("Profile (standard claims)"),
            {
                "classes": ("collapse",),
                "fields": [field.name for field in StandardClaims._meta.fields],
            },
        ),
    )
    readonly_fields = ("sub", "groups_by_rule", "date_joined", "last_login", "delete_after")
    inlines = (EmailAddressInline,)

    @admin.display(description=_("E-mail address"), ordering="email")
    def main_address(self, person: User) -> str:
        return readable(person.email)

    @admin.display(description=_("Groups"))
    def in_groups(self, person: User) -> str:
        """Name them to who may not change them."""
        return _names(person, by_hand=True)

    @admin.display(description=_("Groups by rule"))
    def groups_by_rule(self, person: User) -> str:
        return _names(person, by_rule=True)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show below the form what there is of the person, and above it what can be done."""
        obj = kwargs.get("obj")
        if obj:
            may_change = self.has_change_permission(request, obj)
            context["may_act"] = may_change and obj != request.user
            may_support = self.may_support(request, obj)
            context["may_support"] = may_support and obj != request.user
            context["sections"] = list(sections(request, obj, may_end_sessions=may_support))
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()  # they are mailed a link (_invite)
        if obj.is_active and obj.delete_after:
            obj.delete_after = None  # they are kept: nobody is both active and about to go
            record(Event.DELETION_CANCELLED, actor=Actor.ADMIN, user=obj)
        super().save_model(request, obj, form, change)
        if not obj.is_active and not obj.delete_after:
            messages.info(request, in_words(people.end_person(obj, actor=Actor.ADMIN)))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        # Locked, as an address may go, or no longer count.
        person = User.objects.lock(form.instance.pk)
        was_unproven = User.objects.unproven().filter(pk=form.instance.pk).exists()
        super().save_related(request, form, formsets, change)
        if person:
            if "in_groups" in form.cleaned_data:
                chosen = list(form.cleaned_data["in_groups"])
                memberships.choose_groups(person, chosen, actor=Actor.ADMIN)
            memberships.settle_locked(person)
        if person and change and was_unproven and proven_address.is_vouched_for(person):
            messages.warning(request, _EMPTIED.format(person))
        if change:
            ways_in.tell_admin(request, form.instance)
        else:
            _invite(request, form.instance)
        if change and {"is_staff", "is_superuser", "in_groups"} & set(form.changed_data):
            _tell_what_opens(request, form.instance)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        # It tells the apps, which nobody could once the row is gone.
        people.end_person(obj, actor=Actor.ADMIN)
        deletion.delete(obj, actor=Actor.ADMIN)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for person in queryset:
            self.delete_model(request, person)

    def get_list_filter(self, request: HttpRequest) -> tuple[str, ...]:
        """Let nobody but a superuser, who alone sees groups, ask for the people of one."""
        return (*self.list_filter, *(("groups",) if is_superuser(request) else ()))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Return what may not be changed: only a superuser hands out what a superuser has."""
        guarded = () if is_superuser(request) else ("is_staff", "is_superuser", "in_groups")
        return (*self.readonly_fields, *guarded)


def _names(person: User, **how: bool) -> str:
    of_person = {f"memberships__{name}": value for name, value in how.items()}
    groups = Group.objects.filter(memberships__user=person, **of_person).order_by("name")
    return ", ".join(groups.values_list("name", flat=True)) or "-"


def _invite(request: HttpRequest, person: User) -> None:
    """Mail whom an admin added a link with which they set the account up."""
    sent = account_links.send(person.pk)
    if sent:
        messages.info(
            request,
            gettext("A link to set the account up was sent to %(sent)s.")
            % {"sent": readable(sent)},
        )


def _tell_what_opens(request: HttpRequest, person: User) -> None:
    """Tell the admin what opens the account: whoever could change it before it had rights may have
    left a way in."""
    if not User.objects.trusted().filter(pk=person.pk).exists():
        return
    addresses = EmailAddress.objects.filter(user=person, verified=True)
    connections = SocialAccount.objects.filter(user=person)
    opens = [
        *map(readable, addresses.values_list("email", flat=True)),
        *(f"{row.provider} ({row.uid})" for row in connections),
        *map(name_of, Authenticator.objects.filter(user=person)),
        *([gettext("a password")] if person.has_usable_password() else []),
    ]
    messages.warning(request, _IS_ADMIN_NOW.format(person, ", ".join(filter(None, opens))))
