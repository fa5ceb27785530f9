"""Ask an admin for what they copy from a third party's own pages."""

from typing import Any

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers import registry
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.entrance.sign_up_rule import DOMAINS_OF_PROVIDER, OF_PROVIDER, Mode
from accounts.groups.rules import TRUSTED_GROUPS
from accounts.staff import secret_fields
from accounts.staff.proof import AGAIN
from accounts.third_parties import registration


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    """Take secrets in, and never give them out."""

    provider = forms.ChoiceField(
        label=_("Kind"), help_text=_("OpenID Connect fits most company sign-ins.")
    )
    server_url = forms.CharField(
        label=_("Issuer"),
        required=False,
        help_text=_("OpenID Connect only. Example: https://id.example"),
    )
    new_secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Stored encrypted and never shown. Apple: the key ID."),
    )
    new_private_key = forms.CharField(
        label=_("Private key"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text=_("Apple only. Stored encrypted and never shown."),
    )
    trusted_email = forms.BooleanField(
        label=_("Trust its e-mail addresses"),
        required=False,
        help_text=_(
            "People can sign in to an existing account that has the same e-mail address. "
            "Tick only if the third party verifies every address itself."
        ),
    )
    true_as_text = forms.TypedChoiceField(
        label=_("Accept the text “true”"),
        required=False,
        choices=(
            ("", _("Only of Apple and Amazon Cognito (recommended)")),
            ("yes", _("Yes")),
            ("no", _("No")),
        ),
        coerce=lambda chosen: chosen == "yes",
        empty_value=None,
        help_text=_(
            "Choose Yes only if its documentation says that it sends email_verified as the "
            "text “true” in place of the boolean."
        ),
    )

    sign_up = forms.ChoiceField(
        label=_("Who may sign up with it"),
        required=False,
        choices=[
            ("", _("As everywhere here (SIGN_UP)")),
            (Mode.OPEN, _("Everybody whom it vouches for")),
            (Mode.DOMAINS, _("People with a verified address at one of the domains")),
            (Mode.INVITED, _("People who were invited")),
            (Mode.CLOSED, _("Nobody: people sign in with it to an account that they have")),
        ],
    )
    sign_up_domains = forms.CharField(
        label=_("Domains"),
        required=False,
        help_text=_(
            "Separated by spaces, in place of SIGN_UP_DOMAINS. example.org is that domain "
            "alone, .example.org every one beneath it."
        ),
    )

    trusted_groups = forms.BooleanField(
        label=_("Trust its groups"),
        required=False,
        help_text=_(
            "Rules of groups may go by what this third party says of people (a claim such "
            "as groups). Tick only if you know who decides about it there."
        ),
    )

    identity_assertions = forms.BooleanField(
        label=_("Accept its identity assertions"),
        required=False,
        help_text=_(
            "OpenID Connect only. It may let apps act for its people here without asking them "
            "(ID-JAG). Tick only for an identity provider whose admins decide that."
        ),
    )

    position = forms.IntegerField(
        label=_("Position of its button"),
        required=False,
        min_value=0,
        max_value=999,
        help_text=_("A lower number comes first. Empty: after those that have one, by name."),
    )

    class Meta:
        model = SocialApp
        fields = ("provider", "provider_id", "name", "client_id", "key", "settings")
        labels = {
            "provider_id": "ID",
            "client_id": _("Client ID"),
            "key": _("Team ID"),
            "settings": _("Settings"),
        }
        help_texts = {
            "provider_id": _("OpenID Connect only. A short name that is part of the callback URL."),
            "name": _("Shown on the sign-in button."),
            "client_id": _("The client ID that the third party gave this site."),
            "key": _("Apple only."),
            "settings": _(
                "Rarely needed: further settings that django-allauth documents, as JSON."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = sorted(registry.as_choices(), key=lambda kind: str(kind[1]).lower())
        self.fields["provider"].choices = every  # type: ignore[attr-defined]
        stored = dict(self.instance.settings)
        for name in registration.kept_secrets(self.instance):
            secret_fields.say_that_it_is_kept(self, f"new_{name}")
        stored.pop(registration.PRIVATE_KEY, None)
        self.initial["server_url"] = stored.pop("server_url", "")
        self.initial["trusted_email"] = stored.pop(registration.TRUSTED_EMAIL, False)
        chosen = stored.pop(registration.TRUE_AS_TEXT, None)
        self.initial["true_as_text"] = {True: "yes", False: "no"}.get(chosen, "")
        self.initial["sign_up"] = stored.pop(OF_PROVIDER, "")
        self.initial["sign_up_domains"] = " ".join(stored.pop(DOMAINS_OF_PROVIDER, []))
        self.initial["trusted_groups"] = stored.pop(TRUSTED_GROUPS, False)
        self.initial["identity_assertions"] = stored.pop(registration.ASSERTIONS, False)
        self.initial["position"] = stored.pop(registration.POSITION, None)
        stored.pop(registration.OFF, None)
        self.initial["settings"] = stored

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        further = cleaned.get("settings") or {}
        if isinstance(further, dict):
            further.pop(registration.PRIVATE_KEY, None)  # has its own field, where it is sealed
            further |= {registration.TRUSTED_EMAIL: cleaned.get("trusted_email", False)}
            further |= _sign_up(cleaned)
            further |= {TRUSTED_GROUPS: True} if cleaned.get("trusted_groups") else {}
            vouches = cleaned.get("identity_assertions")
            further |= {registration.ASSERTIONS: True} if vouches else {}
            further |= _issuer(cleaned)
            is_off = self.instance.settings.get(registration.OFF, False) is True
            further |= {registration.OFF: True} if is_off else {}
            position = cleaned.get("position")
            further |= {} if position is None else {registration.POSITION: position}
            chosen = cleaned.get("true_as_text")
            further |= {} if chosen is None else {registration.TRUE_AS_TEXT: chosen}
        cleaned["settings"] = further
        same = SocialApp.objects.exclude(pk=self.instance.pk).filter(
            provider=cleaned.get("provider"), provider_id=cleaned.get("provider_id", "")
        )
        if self.data.get(AGAIN):
            words = gettext(
                "Enter the secret and the private key again: they are kept nowhere meanwhile."
            )
            self.add_error("new_secret", words)
        if same.exists():
            self.add_error(
                "provider_id", gettext("A provider with this kind and ID already exists.")
            )
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        try:
            registration.check(self.instance)
        except forms.ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]


def _issuer(cleaned: dict[str, Any]) -> dict[str, Any]:
    is_needed = cleaned.get("provider") == registration.OPENID_CONNECT
    return {"server_url": cleaned["server_url"]} if is_needed and cleaned.get("server_url") else {}


def _sign_up(cleaned: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of who may sign up: nothing where the site's own rule holds."""
    told = {
        OF_PROVIDER: cleaned.get("sign_up"),
        DOMAINS_OF_PROVIDER: (cleaned.get("sign_up_domains") or "").replace(",", " ").split(),
    }
    return {name: value for name, value in told.items() if value}


class ProviderNameForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = SocialApp
        fields = ("name",)
        help_texts = ProviderForm.Meta.help_texts
