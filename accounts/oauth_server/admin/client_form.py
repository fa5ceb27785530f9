"""Have an admin register a client without reading a specification."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group

from accounts.oauth_server.admin.fields import LinesField, WordsField, YesField
from accounts.oauth_server.admin.group_claims import GroupClaimFields
from accounts.oauth_server.admin.logos import LogoField
from accounts.oauth_server.clients import default_scopes
from accounts.oauth_server.models import Client
from accounts.oauth_server.models.client import GRANT_TYPES
from accounts.oauth_server.models.signing_key import ALGORITHMS, DEFAULT_ALGORITHM
from accounts.oauth_server.rules.redirect_uris import origins_of
from accounts.oauth_server.rules.scopes import AT_FIRST, SCOPES

_SCOPES = ("scopes", "default_scopes", "required_scopes")


def _scopes() -> list[tuple[str, str]]:
    return [(name, f"{scope.sentence} ({name})") for name, scope in SCOPES.items()]


def _sentences() -> list[tuple[str, str]]:
    return [(name, str(scope.sentence)) for name, scope in SCOPES.items()]


class ClientForm(LogoField, GroupClaimFields):
    # What is wrong with the list at the sector identifier URI: found before the form is made.
    sector_problems: tuple[str, ...] = ()
    # Scopes that this admin may not let a client have.
    closed_scopes: frozenset[str] = frozenset()
    # Another client that this one could be taken for by its new name.
    namesake = ""
    # Whether it calls this site from the pages that it sends people back to.
    is_spa = False

    name_is_meant = forms.BooleanField(
        label="Use this name all the same",
        required=False,
        help_text="People cannot tell the two apart where they allow access.",
    )
    website = forms.URLField(
        required=False, assume_scheme="https", help_text="Where people can read about this app."
    )
    client_type = forms.ChoiceField(
        label="Client type",
        initial=Client.CLIENT_CONFIDENTIAL,
        choices=[
            (Client.CLIENT_CONFIDENTIAL, "Confidential: runs on a server and can keep a secret"),
            (
                Client.CLIENT_PUBLIC,
                "Public: runs on people’s devices or in their browsers and cannot keep a secret",
            ),
        ],
        widget=forms.RadioSelect,
        help_text="Whether the app can keep a secret.",
    )
    token_endpoint_auth_method = forms.ChoiceField(
        label="Client authentication",
        required=False,
        choices=list(Client.AUTHENTICATION_METHODS.items()),
        initial=Client.CLIENT_SECRET_BASIC,
        widget=forms.RadioSelect,
        help_text="How the app proves its identity at the token endpoint. A public client never "
        "does, whatever is chosen here; an app with a secret may send it either way.",
    )
    pkce = forms.ChoiceField(
        label="PKCE",
        required=False,
        choices=list(Client.PKCE.items()),
        initial=Client.PKCE_REQUIRED,
        widget=forms.RadioSelect,
        help_text="Ties each sign-in to the browser that started it. Keep it required unless a "
        "confidential client cannot use it. The last choice is only for conformance tests and old "
        "apps that you trust. A challenge that is sent is always checked.",
    )
    default_max_age = forms.IntegerField(
        label="Default max age",
        required=False,
        min_value=0,
        max_value=999_999_999,
        help_text="How old a sign-in may be, in seconds, when a request does not say. After that, "
        "people sign in again. Empty: any age.",
    )
    require_auth_time = forms.BooleanField(
        label="Require auth_time",
        required=False,
        help_text="Always include the time of the sign-in in ID tokens.",
    )
    initiate_login_uri = forms.CharField(
        label="Initiate login URI",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"size": 80, "spellcheck": "false"}),
        help_text="The https address at which a sign-in to the app can be started. It is only "
        "kept as information.",
    )
    jwks = forms.JSONField(
        label="JWK set",
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 80, "spellcheck": "false"}),
        help_text="The public keys of an app that signs: a JSON object with a list of “keys”.",
    )
    jwks_uri = forms.CharField(
        label="JWK set URI",
        required=False,
        help_text="Where the app publishes its public keys instead, such as "
        "https://app.example/jwks. It can then change them by itself.",
    )
    subject_type = forms.ChoiceField(
        label="Subject type",
        required=False,
        choices=list(Client.SUBJECT_TYPES.items()),
        initial=Client.PUBLIC,
        widget=forms.RadioSelect,
        help_text="Which identifier of a person (sub) the app receives. After a change, everybody "
        "is a new person to the app.",
    )
    sector_identifier_uri = forms.CharField(
        label="Sector identifier URI",
        required=False,
        help_text="For pairwise identifiers only: the https address of a JSON list of the redirect "
        "URIs of all apps that share them. Empty: apps on the same host share them.",
    )
    algorithm = forms.ChoiceField(
        label="ID token signing algorithm",
        required=False,
        choices=[(name, name) for name in ALGORITHMS],
        initial=DEFAULT_ALGORITHM,
        help_text="RS256 unless the app needs another.",
    )
    userinfo_signed_response_alg = forms.ChoiceField(
        label="UserInfo signing algorithm",
        required=False,
        choices=[("", "None (plain JSON)"), *((name, name) for name in ALGORITHMS)],
        help_text="Whether the app receives UserInfo as a signed JWT.",
    )
    grant_types = WordsField(
        label="Grant types",
        choices=list(GRANT_TYPES.items()),
        initial="authorization_code refresh_token",
        help_text="The ways in which the app can get tokens.",
    )
    redirect_uris = LinesField(
        label="Redirect URIs",
        required=False,
        help_text="Where people are sent back to after they sign in, one a line, such as "
        "https://app.example/callback. They have to match exactly. Plain http is only for this "
        "machine (http://127.0.0.1/callback), with any port. Public apps may also have a scheme of "
        "their own, such as com.example.app:/callback: any program on the device can claim it.",
    )
    scopes = WordsField(
        label="Scopes",
        choices=_scopes,
        initial=f"{AT_FIRST} offline_access",
        help_text="What the app may ask people for.",
    )
    default_scopes = WordsField(
        label="Default scopes",
        choices=_sentences,
        initial="openid",
        required=False,
        help_text="What the app asks for when its request does not say.",
    )
    required_scopes = WordsField(
        label="Required scopes",
        choices=_sentences,
        required=False,
        help_text="What people cannot untick when they allow access. “openid” is always required. "
        "The app is told what was allowed in “scope”, beside the token.",
    )
    skip_authorization = forms.BooleanField(
        label="Skip consent",
        required=False,
        help_text="Give access without asking people. Only for apps that you run yourself.",
    )
    post_logout_redirect_uris = LinesField(
        label="Post-logout redirect URIs",
        required=False,
        help_text="Where the app may send people after they sign out, one a line.",
    )
    backchannel_logout_uri = forms.CharField(
        label="Back-channel logout URI",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"size": 80, "spellcheck": "false"}),
        help_text="The https address that this site calls when a person signs out, such as "
        "https://app.example/signed-out.",
    )
    backchannel_logout_session_required = forms.BooleanField(
        label="Back-channel logout session required",
        required=False,
        help_text="Tick if the app has to be told which session (sid) ended.",
    )
    allowed_origins = LinesField(
        label="Allowed origins (CORS)",
        required=False,
        help_text="Web origins from which the app may call this site in a browser, one a line, "
        "such as https://app.example. Left empty, a new single-page app gets those of its redirect "
        "URIs.",
    )

    is_restricted = YesField(
        label="Who may use it",
        required=False,
        choices=[("", "Everybody"), ("yes", "Only people in these groups")],
        widget=forms.RadioSelect,
        help_text="Whoever is in none of them any more loses access at once, and the app is told.",
    )
    groups = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="To be in one of them is enough.",
    )
    responsible_name = forms.CharField(
        label="Responsible person",
        required=False,
        max_length=100,
        help_text="Whom people ask who may not use it, such as Service desk.",
    )
    responsible_email = forms.EmailField(
        label="Their e-mail address",
        required=False,
        help_text="Shown to whoever may not use the app.",
    )

    class Meta:
        model = Client
        fields = (
            "name",
            "website",
            "client_type",
            "grant_types",
            "redirect_uris",
            "scopes",
            "default_scopes",
            "required_scopes",
            "leaves_out_scopes",
            "skip_authorization",
            "is_active",
            "is_verified",
            "post_logout_redirect_uris",
            "allowed_origins",
            "backchannel_logout_uri",
            "backchannel_logout_session_required",
            "initiate_login_uri",
            "token_endpoint_auth_method",
            "pkce",
            "default_max_age",
            "require_auth_time",
            "jwks",
            "jwks_uri",
            "subject_type",
            "sector_identifier_uri",
            "algorithm",
            "userinfo_signed_response_alg",
            "claims_in_id_token",
            *GroupClaimFields.Meta.fields,
            "access_token_minutes",
            "refresh_token_idle_days",
            "refresh_token_max_days",
            "id_token_minutes",
            "is_restricted",
            "groups",
            "responsible_name",
            "responsible_email",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(_SCOPES) & set(self.fields):
            field: Any = self.fields[name]
            field.choices = [each for each in field.choices if each[0] not in self.closed_scopes]

    @property
    def scope_matrix(self) -> list[list[Any]]:
        """Return the checkboxes of each scope: allowed, by default, required."""
        columns = [self[name].subwidgets for name in _SCOPES]
        for name, boxes in zip(_SCOPES, columns, strict=True):
            for box in boxes:
                label = f"{self.fields[name].label}: {box.data['value']}"
                box.data["attrs"]["aria-label"] = label
        return [list(row) for row in zip(*columns, strict=True)]

    def clean(self) -> dict[str, Any] | None:
        for problem in self.sector_problems:
            self.add_error("sector_identifier_uri", problem)
        cleaned = super().clean() or self.cleaned_data
        if self.namesake and not cleaned.get("name_is_meant"):
            words = "There is another app called “{}”. Choose another name, or tick the box below."
            self.add_error("name", words.format(self.namesake))
        if self.is_spa and not cleaned.get("allowed_origins"):
            cleaned["allowed_origins"] = origins_of(cleaned.get("redirect_uris", ""))
        if cleaned.get("is_restricted") and not cleaned.get("groups"):
            self.add_error("groups", "Choose at least one group: nobody could use the app.")
        if cleaned.keys() >= {"grant_types", *_SCOPES}:
            self._fit_scopes(cleaned)
        return cleaned

    def _fit_scopes(self, cleaned: dict[str, Any]) -> None:
        """Let go of scopes that the grants cannot use, which were ticked at first, and have default
        scopes that nobody touched follow the allowed ones."""
        fitted = Client(grant_types=cleaned["grant_types"])
        for name in _SCOPES:
            setattr(fitted, name, default_scopes.usable(fitted, cleaned[name]))
        if "default_scopes" not in self.changed_data:
            fitted.default_scopes = cleaned["default_scopes"]
            default_scopes.follow(fitted)
        cleaned.update({name: getattr(fitted, name) for name in _SCOPES})
