"""Third parties in Django admin: providers, and the connections of people to them."""

from typing import Any

import allauth.socialaccount.admin  # noqa: F401 (registers its pages, which are replaced here)
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.socialaccount.providers import registry
from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.account_pages import ways_in
from accounts.endings import memberships
from accounts.entrance import sign_up_rule
from accounts.entrance.sign_up_rule import DOMAINS_OF_PROVIDER, OF_PROVIDER, Mode
from accounts.groups.rules import TRUSTED_GROUPS
from accounts.models import GroupRule, ProviderSecret, User
from accounts.site.admin_search import FindsRows
from accounts.staff.model_admin import ModelAdmin, is_superuser
from accounts.staff.proof import AGAIN
from accounts.storage.sealed import unopened
from accounts.third_parties import registration

# allauth's own pages would show secrets and tokens; SocialToken's table is kept empty.
for _model in (SocialApp, SocialAccount, SocialToken):
    admin.site.unregister(_model)


@admin.register(SocialAccount)
class ConnectionAdmin(FindsRows, ModelAdmin):
    """Show connections, and delete them with their tokens; only a sign-in makes one."""

    whose = "user"
    list_display = ("user", "provider", "uid", "date_joined", "last_login")
    list_filter = ("provider",)
    list_select_related = ("user",)
    search_fields = ("uid",)
    search_help_text = "E-mail address, name or subject of a person, or their ID at the third party"
    exact = ("uid",)
    person = "user"
    exclude = ("extra_data",)

    def delete_model(self, request: HttpRequest, obj: SocialAccount) -> None:
        with transaction.atomic():
            User.objects.lock(obj.user_id)
            super().delete_model(request, obj)
            memberships.settle(obj.user)
        ways_in.tell_admin(request, obj.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SocialAccount]) -> None:
        for connection in queryset.select_related("user"):
            self.delete_model(request, connection)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    """Ask for what an admin copies from the third party's own pages. Secrets go in and never come
    out."""

    provider = forms.ChoiceField(
        label="Kind", help_text="OpenID Connect fits most company sign-ins."
    )
    server_url = forms.CharField(
        label="Issuer", required=False, help_text="OpenID Connect only. Example: https://id.example"
    )
    new_secret = forms.CharField(
        label="Client secret",
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Stored encrypted and never shown. Leave empty to keep it. Apple: the key ID.",
    )
    new_private_key = forms.CharField(
        label="Private key",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text="Apple only. Stored encrypted and never shown. Leave empty to keep it.",
    )
    trusted_email = forms.BooleanField(
        label="Trust its e-mail addresses",
        required=False,
        help_text="People can sign in to an existing account that has the same e-mail address. "
        "Tick only if the third party verifies every address itself.",
    )
    true_as_text = forms.TypedChoiceField(
        label="Accept the text “true”",
        required=False,
        choices=(
            ("", "Only of Apple and Amazon Cognito (recommended)"),
            ("yes", "Yes"),
            ("no", "No"),
        ),
        coerce=lambda chosen: chosen == "yes",
        empty_value=None,
        help_text="Choose Yes only if its documentation says that it sends email_verified as the "
        "text “true” in place of the boolean.",
    )

    sign_up = forms.ChoiceField(
        label="Who may sign up with it",
        required=False,
        choices=[
            ("", "As everywhere here (SIGN_UP)"),
            (Mode.OPEN, "Everybody whom it vouches for"),
            (Mode.DOMAINS, "People with a verified address at one of the domains"),
            (Mode.INVITED, "People who were invited"),
            (Mode.CLOSED, "Nobody: people sign in with it to an account that they have"),
        ],
    )
    sign_up_domains = forms.CharField(
        label="Domains",
        required=False,
        help_text="Separated by spaces, in place of SIGN_UP_DOMAINS. example.org is that domain "
        "alone, .example.org every one beneath it.",
    )

    trusted_groups = forms.BooleanField(
        label="Trust its groups",
        required=False,
        help_text="Rules of groups may go by what this third party says of people (a claim such "
        "as groups). Tick only if you know who decides about it there.",
    )

    class Meta:
        model = SocialApp
        fields = ("provider", "provider_id", "name", "client_id", "key", "settings")
        labels = {"provider_id": "ID", "client_id": "Client ID", "key": "Team ID"}
        help_texts = {
            "provider_id": "OpenID Connect only. A short name that is part of the callback URL.",
            "name": "Shown on the sign-in button.",
            "client_id": "The client ID that the third party gave this site.",
            "key": "Apple only.",
            "settings": "Rarely needed: further settings that django-allauth documents, as JSON.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = sorted(registry.as_choices(), key=lambda kind: str(kind[1]).lower())
        self.fields["provider"].choices = kinds  # type: ignore[attr-defined]
        stored = dict(self.instance.settings)
        stored.pop(registration.PRIVATE_KEY, None)
        self.initial["server_url"] = stored.pop("server_url", "")
        self.initial["trusted_email"] = stored.pop(registration.TRUSTED_EMAIL, False)
        chosen = stored.pop(registration.TRUE_AS_TEXT, None)
        self.initial["true_as_text"] = {True: "yes", False: "no"}.get(chosen, "")
        self.initial["sign_up"] = stored.pop(OF_PROVIDER, "")
        self.initial["sign_up_domains"] = " ".join(stored.pop(DOMAINS_OF_PROVIDER, []))
        self.initial["trusted_groups"] = stored.pop(TRUSTED_GROUPS, False)
        self.initial["settings"] = stored

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        further = cleaned.get("settings") or {}
        if isinstance(further, dict):
            further.pop(registration.PRIVATE_KEY, None)  # has its own field, where it is sealed
            further |= {registration.TRUSTED_EMAIL: cleaned.get("trusted_email", False)}
            further |= _sign_up(cleaned)
            further |= {TRUSTED_GROUPS: True} if cleaned.get("trusted_groups") else {}
            further |= {"server_url": cleaned["server_url"]} if cleaned.get("server_url") else {}
            chosen = cleaned.get("true_as_text")
            further |= {} if chosen is None else {registration.TRUE_AS_TEXT: chosen}
        cleaned["settings"] = further
        same = SocialApp.objects.exclude(pk=self.instance.pk).filter(
            provider=cleaned.get("provider"), provider_id=cleaned.get("provider_id", "")
        )
        if self.data.get(AGAIN):
            words = "Enter the secret and the private key again: they are kept nowhere meanwhile."
            self.add_error("new_secret", words)
        if same.exists():
            self.add_error("provider_id", "A provider with this kind and ID already exists.")
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        try:
            registration.check(self.instance)
        except forms.ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]


def _sign_up(cleaned: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of who may sign up: nothing where the site's own rule holds."""
    told = {
        OF_PROVIDER: cleaned.get("sign_up"),
        DOMAINS_OF_PROVIDER: (cleaned.get("sign_up_domains") or "").replace(",", " ").split(),
    }
    return {name: value for name, value in told.items() if value}


_NOT_OPENED = (
    "Yes, but it cannot be decrypted with ENCRYPTION_KEYS, so people are not offered this "
    "provider. Add the missing key again, or enter the secret again."
)


class ProviderNameForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = SocialApp
        fields = ("name",)
        help_texts = ProviderForm.Meta.help_texts


@admin.register(SocialApp)
class ProviderAdmin(ModelAdmin):
    """Leave providers to superusers: whoever says which issuer vouches for whom can be anybody
    here. The permission to change a provider lets its name on the button be changed."""

    for_superusers = frozenset({"add"})
    secrets = frozenset({"new_secret", "new_private_key", "settings"})  # the last may hold one
    form = ProviderForm
    list_display = ("name", "provider", "provider_id", "is_trusted", "has_secret")
    search_fields = ("name", "provider", "provider_id")
    readonly_fields = ("callback_url", "has_secret")
    fields = (
        *("provider", "provider_id", "name", "server_url", "callback_url", "client_id"),
        *("has_secret", "new_secret", "trusted_email", "true_as_text", "trusted_groups"),
        *("sign_up", "sign_up_domains", "key", "new_private_key", "settings"),
    )

    fields_of_others = (
        *("provider", "provider_id", "name", "issuer", "callback_url", "client_id"),
        *("has_secret", "is_trusted", "who_signs_up"),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields if is_superuser(request) else self.fields_of_others

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if is_superuser(request):
            return self.readonly_fields
        return tuple(name for name in self.fields_of_others if name != "name")

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = ProviderForm if is_superuser(request) else ProviderNameForm
        return super().get_form(request, *args, **{"form": form, **kwargs})

    @admin.display(description="Issuer")
    def issuer(self, app: SocialApp) -> str:
        return str(app.settings.get("server_url", ""))

    @admin.display(description="E-mail addresses trusted", boolean=True)
    def is_trusted(self, app: SocialApp) -> bool:
        return app.settings.get(registration.TRUSTED_EMAIL) is True

    @admin.display(description="Who may sign up with it")
    def who_signs_up(self, app: SocialApp) -> str:
        rule = sign_up_rule.of_app(app)
        return f"{rule.mode} {rule.domains_in_letters}" if rule.mode is Mode.DOMAINS else rule.mode

    @admin.display(description="Callback URL (register it with the third party)")
    def callback_url(self, app: SocialApp) -> str:
        # As it is stored: of what was typed just now, something may be wrong.
        stored = SocialApp.objects.filter(pk=app.pk).first()
        return registration.callback_url(stored) if stored else "Shown once this is saved."

    @admin.display(description="Secret stored")
    def has_secret(self, app: SocialApp) -> str:
        kept = ProviderSecret.objects.filter(app=app).first() if app.pk else None
        if kept is None:
            return "No"
        return _NOT_OPENED if unopened(kept) else "Yes"

    def save_model(self, request: HttpRequest, obj: SocialApp, form: Any, change: bool) -> None:
        if not is_superuser(request):
            obj.save(update_fields=["name"])
            return
        registration.save(
            obj,
            secret=form.cleaned_data["new_secret"],
            private_key=form.cleaned_data["new_private_key"],
        )
        _settle_rules_about(obj)

    def delete_model(self, request: HttpRequest, obj: SocialApp) -> None:
        super().delete_model(request, obj)
        _settle_rules_about(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SocialApp]) -> None:
        for app in queryset:
            self.delete_model(request, app)


def _settle_rules_about(app: SocialApp) -> None:
    about = GroupRule.objects.filter(provider=app.provider_id or app.provider)
    for group_id in set(about.values_list("group_id", flat=True)):
        memberships.settle_group_later(group_id)
