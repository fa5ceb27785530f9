"""Have an admin say how a client proves itself, and ties a sign-in to the browser that began it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.models import Client


class _KeysField(forms.JSONField):
    """Show nothing where there are no keys, in place of JSON's null."""

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


class AuthenticationFields(forms.ModelForm):  # type: ignore[type-arg]
    client_type = forms.ChoiceField(
        label=_("Client type"),
        initial=Client.CLIENT_CONFIDENTIAL,
        choices=[
            (Client.CLIENT_CONFIDENTIAL, _("Confidential: runs on a server and can keep a secret")),
            (
                Client.CLIENT_PUBLIC,
                _("Public: runs on people’s devices or in their browsers and cannot keep a secret"),
            ),
        ],
        widget=forms.RadioSelect,
        help_text=_("Whether the app can keep a secret."),
    )
    token_endpoint_auth_method = forms.ChoiceField(
        label=_("Client authentication"),
        required=False,
        choices=list(Client.AUTHENTICATION_METHODS.items()),
        initial=Client.CLIENT_SECRET_BASIC,
        widget=forms.RadioSelect,
        help_text=_(
            "How the app proves its identity at the token endpoint. A public client never "
            "does, whatever is chosen here; an app with a secret may send it either way."
        ),
    )
    pkce = forms.ChoiceField(
        label=_("PKCE"),
        required=False,
        choices=list(Client.PKCE.items()),
        initial=Client.PKCE_REQUIRED,
        widget=forms.RadioSelect,
        help_text=_(
            "Ties each sign-in to the browser that started it. Keep it required unless a "
            "confidential client cannot use it. The last choice is only for conformance tests "
            "and old "
            "apps that you trust. A challenge that is sent is always checked."
        ),
    )
    jwks = _KeysField(
        label=_("JWK set"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 80, "spellcheck": "false"}),
        help_text=_("The public keys of an app that signs: a JSON object with a list of “keys”."),
    )
    jwks_uri = forms.CharField(
        label=_("JWK set URI"),
        required=False,
        help_text=_(
            "Where the app publishes its public keys instead, such as "
            "https://app.example/jwks. It can then change them by itself."
        ),
    )

    class Meta:
        model = Client
        fields = (
            "client_type",
            "token_endpoint_auth_method",
            "pkce",
            "jwks",
            "jwks_uri",
        )
