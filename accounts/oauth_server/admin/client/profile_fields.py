"""Have an admin say how a client's requests have to come, and what its tokens are bound to."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.models import Client
from accounts.oauth_server.models.signing_key import ALGORITHMS, DEFAULT_ALGORITHM
from accounts.oauth_server.rules.profiles import NONE, PROFILES

FIELDSET: Any = (
    _("Security profile"),
    {
        "classes": ("collapse",),
        "fields": (
            "profile",
            "require_pushed_authorization_requests",
            *("require_signed_request_object", "dpop_bound_access_tokens"),
            "authorization_signed_response_alg",
        ),
    },
)


class ProfileFields(forms.ModelForm):  # type: ignore[type-arg]
    profile = forms.ChoiceField(
        label=_("Profile"),
        required=False,
        choices=list(PROFILES.items()),
        initial=NONE,
        widget=forms.RadioSelect,
        help_text=_("A profile demands all that it names, whatever is ticked below."),
    )
    require_pushed_authorization_requests = forms.BooleanField(
        label=_("Require pushed authorization requests (PAR)"),
        required=False,
        help_text=_("Refuse authorization requests that the app did not push beforehand."),
    )
    require_signed_request_object = forms.BooleanField(
        label=_("Require signed request objects (JAR)"),
        required=False,
        help_text=_("Refuse authorization requests that the app did not sign with its key."),
    )
    dpop_bound_access_tokens = forms.BooleanField(
        label=_("Require DPoP"),
        required=False,
        help_text=_("Issue no token that is not bound to a key of the app."),
    )
    authorization_signed_response_alg = forms.ChoiceField(
        label=_("Authorization response signing algorithm"),
        required=False,
        choices=[(name, name) for name in ALGORITHMS],
        initial=DEFAULT_ALGORITHM,
        help_text=_("For apps that ask for signed answers (response_mode=jwt)."),
    )

    class Meta:
        model = Client
        fields = (
            "profile",
            "require_pushed_authorization_requests",
            "require_signed_request_object",
            "dpop_bound_access_tokens",
            "authorization_signed_response_alg",
        )

    def clean_authorization_signed_response_alg(self) -> str:
        return self.cleaned_data["authorization_signed_response_alg"] or DEFAULT_ALGORITHM
