"""Have an admin register a client's addresses."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.admin.fields import LinesField
from accounts.oauth_server.models import Client


class AddressFields(forms.ModelForm):  # type: ignore[type-arg]
    redirect_uris = LinesField(
        label=_("Redirect URIs"),
        required=False,
        help_text=_(
            "Where people are sent back to after they sign in, one a line, such as "
            "https://app.example/callback. They have to match exactly. Plain http is only for this "
            "machine (http://127.0.0.1/callback), with any port. Public apps may also have a "
            "scheme of "
            "their own, such as com.example.app:/callback: any program on the device can claim it."
        ),
    )
    post_logout_redirect_uris = LinesField(
        label=_("Post-logout redirect URIs"),
        required=False,
        help_text=_("Where the app may send people after they sign out, one a line."),
    )
    allowed_origins = LinesField(
        label=_("Allowed origins (CORS)"),
        required=False,
        help_text=_(
            "Web origins from which the app may call this site in a browser, one a line, "
            "such as https://app.example. Left empty, a new single-page app gets those of its "
            "redirect "
            "URIs."
        ),
    )
    initiate_login_uri = forms.CharField(
        label=_("Initiate login URI"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"size": 80, "spellcheck": "false"}),
        help_text=_(
            "The https address at which a sign-in to the app can be started. It is only "
            "kept as information."
        ),
    )
    backchannel_logout_uri = forms.CharField(
        label=_("Back-channel logout URI"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"size": 80, "spellcheck": "false"}),
        help_text=_(
            "The https address that this site calls when a person signs out, such as "
            "https://app.example/signed-out."
        ),
    )
    backchannel_logout_session_required = forms.BooleanField(
        label=_("Back-channel logout session required"),
        required=False,
        help_text=_("Tick if the app has to be told which session (sid) ended."),
    )

    class Meta:
        model = Client
        fields = (
            "redirect_uris",
            "post_logout_redirect_uris",
            "allowed_origins",
            "initiate_login_uri",
            "backchannel_logout_uri",
            "backchannel_logout_session_required",
        )
