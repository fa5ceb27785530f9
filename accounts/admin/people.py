"""People in Django admin, with their addresses and second factors."""

from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.account_pages import ways_in
from accounts.admin.second_factors import ResetsSecondFactors
from accounts.endings import deletion, people, proven_address
from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.models.standard_claims import StandardClaims
from accounts.security_events.admin_log import DeletionsOneByOne
from accounts.security_events.receipts import in_words
from accounts.security_events.record import record
from accounts.site.admin_search import FindsAddresses
from accounts.text.email_addresses import normalise, readable

_EMPTIED = (
    "This is the first address of {} that counts as theirs. What was in the account before was "
    "removed, the password included: it may have been set up by somebody else."
)


class EmailAddressForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_email(self) -> str:
        return normalise(self.cleaned_data["email"])


class EmailAddressInline(admin.TabularInline):  # type: ignore[type-arg]
    model = EmailAddress
    form = EmailAddressForm
    extra = 0


@admin.register(User)
class PersonAdmin(FindsAddresses, DeletionsOneByOne, ResetsSecondFactors):
    list_display = ("main_address", "name", "is_active", "is_staff", "last_login", "date_joined")
    list_editable = ("is_active",)
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name", "sub")
    ordering = ("email",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("email", "name", "sub", "is_active", "is_staff", "is_superuser", "groups"),
                    *("date_joined", "last_login", "delete_after"),
                )
            },
        ),
        (
            "What they tell of themselves",
            {
                "classes": ("collapse",),
                "fields": [field.name for field in StandardClaims._meta.fields],
            },
        ),
    )
    readonly_fields = ("sub", "date_joined", "last_login", "delete_after")
    filter_horizontal = ("groups",)
    inlines = (EmailAddressInline,)

    @admin.display(description="E-mail address", ordering="email")
    def main_address(self, person: User) -> str:
        return readable(person.email)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()  # they sign in with a third party or an e-mailed code
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
        if person and change and was_unproven and proven_address.is_vouched_for(person):
            messages.warning(request, _EMPTIED.format(person))
        if change:
            ways_in.tell_admin(request, form.instance)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        # It tells the apps, which nobody could once the row is gone.
        people.end_person(obj, actor=Actor.ADMIN)
        deletion.delete(obj, actor=Actor.ADMIN)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for person in queryset:
            self.delete_model(request, person)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only a superuser hands out what a superuser has."""
        guarded = () if request.user.is_superuser else ("is_staff", "is_superuser", "groups")
        return (*self.readonly_fields, *guarded)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Whoever may change a superuser's address may become that superuser."""
        everybody = super().get_queryset(request)
        return everybody if request.user.is_superuser else everybody.filter(is_superuser=False)
