"""Have an admin say what a client is told of people and their sign-in, and how that is signed."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.models import Client
from accounts.oauth_server.models.signing_key import ALGORITHMS, DEFAULT_ALGORITHM


class IDTokenFields(forms.ModelForm):  # type: ignore[type-arg]
    default_max_age = forms.IntegerField(
        label=_("Default max age"),
        required=False,
        min_value=0,
        max_value=999_999_999,
        help_text=_(
            "How old a sign-in may be, in seconds, when a request does not say. After that, "
            "people sign in again. Empty: any age."
        ),
    )
    require_auth_time = forms.BooleanField(
        label=_("Require auth_time"),
        required=False,
        help_text=_("Always include the time of the sign-in in ID tokens."),
    )
    subject_type = forms.ChoiceField(
        label=_("Subject type"),
        required=False,
        choices=list(Client.SUBJECT_TYPES.items()),
        initial=Client.PUBLIC,
        widget=forms.RadioSelect,
        help_text=_(
            "Which identifier of a person (sub) the app receives. After a change, everybody "
            "is a new person to the app."
        ),
    )
    sector_identifier_uri = forms.CharField(
        label=_("Sector identifier URI"),
        required=False,
        help_text=_(
            "For pairwise identifiers only: the https address of a JSON list of the redirect "
            "URIs of all apps that share them. Empty: apps on the same host share them."
        ),
    )
    algorithm = forms.ChoiceField(
        label=_("ID token signing algorithm"),
        required=False,
        choices=[(name, name) for name in ALGORITHMS],
        initial=DEFAULT_ALGORITHM,
        help_text=_("RS256 unless the app needs another."),
    )
    userinfo_signed_response_alg = forms.ChoiceField(
        label=_("UserInfo signing algorithm"),
        required=False,
        choices=[("", _("None (plain JSON)")), *((name, name) for name in ALGORITHMS)],
        help_text=_("Whether the app receives UserInfo as a signed JWT."),
    )

    class Meta:
        model = Client
        fields = (
            "default_max_age",
            "require_auth_time",
            "subject_type",
            "sector_identifier_uri",
            "algorithm",
            "userinfo_signed_response_alg",
            "claims_in_id_token",
        )
