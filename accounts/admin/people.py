"""People, their connections, and the third parties they may sign in with, in Django admin."""

from typing import Any

import allauth.socialaccount.admin  # noqa: F401 (registers its pages, which are replaced here)
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.socialaccount.providers import registry
from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.account_pages import ways_in
from accounts.admin.second_factors import ResetsSecondFactors
from accounts.endings import deletion
from accounts.models import ProviderSecret, SecurityEvent, User
from accounts.models.event_kinds import Event
from accounts.models.standard_claims import StandardClaims
from accounts.oauth_server.tokens import revocation
from accounts.security_events.admin_log import DeletionsOneByOne
from accounts.security_events.receipts import in_words
from accounts.security_events.record import record
from accounts.third_parties import registration

# allauth's own pages would show secrets and tokens; SocialToken's table is kept empty.
for _model in (SocialApp, SocialAccount, SocialToken):
    admin.site.unregister(_model)


class EmailAddressInline(admin.TabularInline):  # type: ignore[type-arg]
    model = EmailAddress
    extra = 0


@admin.register(User)
class PersonAdmin(DeletionsOneByOne, ResetsSecondFactors):
    list_display = ("email", "name", "is_active", "is_staff", "last_login", "date_joined")
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

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()  # they sign in with a third party or an e-mailed code
        if obj.is_active and obj.delete_after:
            obj.delete_after = None  # they are kept: nobody is both active and about to go
            record(Event.DELETION_CANCELLED, user=obj, why="by an admin")
        super().save_model(request, obj, form, change)
        if not obj.is_active and not obj.delete_after:
            messages.info(request, in_words(revocation.end_person(obj)))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        User.objects.lock(form.instance.pk)  # an address may go, or no longer count
        super().save_related(request, form, formsets, change)
        if change:
            ways_in.tell_admin(request, form.instance)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        revocation.end_person(obj)  # it tells the apps, which nobody could once the row is gone
        deletion.delete(obj, why="by an admin")

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


@admin.register(SocialAccount)
class ConnectionAdmin(DeletionsOneByOne, admin.ModelAdmin):  # type: ignore[type-arg]
    """To be looked at, and deleted, which deletes its tokens; only a sign-in makes one."""

    list_display = ("user", "provider", "uid", "date_joined", "last_login")
    list_filter = ("provider",)
    list_select_related = ("user",)
    search_fields = ("uid", "user__email", "user__name")
    exclude = ("extra_data",)

    def delete_model(self, request: HttpRequest, obj: SocialAccount) -> None:
        with transaction.atomic():
            User.objects.lock(obj.user_id)
            super().delete_model(request, obj)
        ways_in.tell_admin(request, obj.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SocialAccount]) -> None:
        for connection in queryset.select_related("user"):
            self.delete_model(request, connection)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    """What an admin copies from the third party's own pages. Secrets go in and never come out."""

    provider = forms.ChoiceField(label="Kind", help_text="Most company sign-ins: OpenID Connect.")
    server_url = forms.CharField(
        label="Issuer", required=False, help_text="OpenID Connect only: such as https://id.example"
    )
    new_secret = forms.CharField(
        label="Client secret",
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Kept encrypted and never shown. Empty: the stored one stays. Apple: the key ID.",
    )
    new_private_key = forms.CharField(
        label="Private key",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text="Apple only. Kept encrypted and never shown. Empty: the stored one stays.",
    )
    trusted_email = forms.BooleanField(
        label="Trust its e-mail addresses",
        required=False,
        help_text="Whoever they say has verified an address may sign in to the account that has "
        "that address here. Tick only where they verify every address themselves.",
    )

    class Meta:
        model = SocialApp
        fields = ("provider", "provider_id", "name", "client_id", "key", "settings")
        labels = {"provider_id": "ID", "client_id": "Client ID", "key": "Team ID"}
        help_texts = {
            "provider_id": "OpenID Connect only: a short name, as it shall stand in the address.",
            "name": "What people read on the button.",
            "client_id": "What the third party calls this site.",
            "key": "Apple only.",
            "settings": "Rarely needed: what django-allauth documents for this kind, as JSON.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = sorted(registry.as_choices(), key=lambda kind: str(kind[1]).lower())
        self.fields["provider"].choices = kinds  # type: ignore[attr-defined]
        stored = dict(self.instance.settings)
        stored.pop(registration.PRIVATE_KEY, None)
        self.initial["server_url"] = stored.pop("server_url", "")
        self.initial["trusted_email"] = stored.pop(registration.TRUSTED_EMAIL, False)
        self.initial["settings"] = stored

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        further = cleaned.get("settings") or {}
        if isinstance(further, dict):
            further.pop(registration.PRIVATE_KEY, None)  # has its own field, where it is sealed
            further |= {registration.TRUSTED_EMAIL: cleaned.get("trusted_email", False)}
            further |= {"server_url": cleaned["server_url"]} if cleaned.get("server_url") else {}
        cleaned["settings"] = further
        same = SocialApp.objects.exclude(pk=self.instance.pk).filter(
            provider=cleaned.get("provider"), provider_id=cleaned.get("provider_id", "")
        )
        if same.exists():
            self.add_error("provider_id", "There is one of that kind and ID already.")
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        try:
            registration.check(self.instance)
        except forms.ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]


@admin.register(SocialApp)
class ProviderAdmin(DeletionsOneByOne, admin.ModelAdmin):  # type: ignore[type-arg]
    form = ProviderForm
    list_display = ("name", "provider", "provider_id", "is_trusted")
    search_fields = ("name", "provider", "provider_id")
    readonly_fields = ("callback_url", "has_secret")
    fields = (
        *("provider", "provider_id", "name", "server_url", "callback_url", "client_id"),
        *("has_secret", "new_secret", "trusted_email", "key", "new_private_key", "settings"),
    )

    @admin.display(description="E-mail addresses trusted", boolean=True)
    def is_trusted(self, app: SocialApp) -> bool:
        return app.settings.get(registration.TRUSTED_EMAIL) is True

    @admin.display(description="Callback URL (tell the third party)")
    def callback_url(self, app: SocialApp) -> str:
        return registration.callback_url(app) if app.pk else "Shown once this is saved."

    @admin.display(description="Secret stored", boolean=True)
    def has_secret(self, app: SocialApp) -> bool:
        return bool(app.pk) and ProviderSecret.objects.filter(app=app).exists()

    def save_model(self, request: HttpRequest, obj: SocialApp, form: Any, change: bool) -> None:
        registration.save(
            obj,
            secret=form.cleaned_data["new_secret"],
            private_key=form.cleaned_data["new_private_key"],
        )


@admin.register(SecurityEvent)
class SecurityEventAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What happened, to be looked at and looked for. Only time removes an event."""

    list_display = ("at", "kind", "outcome", "user", "client_public_id", "address", "why")
    list_filter = ("outcome", ("at", admin.DateFieldListFilter), "kind")
    list_select_related = ("user",)
    list_per_page = 50
    show_full_result_count = False  # counting a big table twice is slow
    search_fields = (
        *("=user__email", "=sub", "=client_public_id", "=client__name"),
        *("=address", "=request_id", "why"),
    )
    search_help_text = "E-mail address, subject, client ID, name of an app, address, request ID"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
