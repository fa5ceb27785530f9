"""Have an admin register a client without reading a specification."""

from typing import Any

from django import forms

from accounts.oauth_server.models import Client
from accounts.oauth_server.models.client import GRANT_TYPES
from accounts.oauth_server.models.signing_key import ALGORITHMS, DEFAULT_ALGORITHM
from accounts.oauth_server.rules.scopes import AT_FIRST, SCOPES


class WordsField(forms.MultipleChoiceField):
    """Show a column of space-separated words as checkboxes."""

    widget = forms.CheckboxSelectMultiple

    def prepare_value(self, value: Any) -> Any:
        return value.split() if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        return " ".join(super().clean(value))


class LinesField(forms.CharField):
    """Show a column of space-separated addresses as a text area, one a line."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 80, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value.split()) if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        return " ".join(super().clean(value).split())


def _scopes() -> list[tuple[str, str]]:
    return [(name, f"{scope.sentence} ({name})") for name, scope in SCOPES.items()]


def _sentences() -> list[tuple[str, str]]:
    return [(name, str(scope.sentence)) for name, scope in SCOPES.items()]


class ClientForm(forms.ModelForm):  # type: ignore[type-arg]
    # What is wrong with the list at the sector identifier URI: found before the form is made.
    sector_problems: tuple[str, ...] = ()
    # Scopes that this admin may not let a client have.
    closed_scopes: frozenset[str] = frozenset()

    website = forms.URLField(
        required=False, assume_scheme="https", help_text="Where people can read about this app."
    )
    client_type = forms.ChoiceField(
        label="Where does it run?",
        initial=Client.CLIENT_CONFIDENTIAL,
        choices=[
            (Client.CLIENT_CONFIDENTIAL, "On a server of its own: it can keep a secret"),
            (
                Client.CLIENT_PUBLIC,
                "On people’s devices or in their browsers: it cannot keep a secret",
            ),
        ],
        widget=forms.RadioSelect,
    )
    token_endpoint_auth_method = forms.ChoiceField(
        label="How does it prove itself?",
        required=False,
        choices=list(Client.AUTHENTICATION_METHODS.items()),
        initial=Client.CLIENT_SECRET_BASIC,
        widget=forms.RadioSelect,
        help_text="An app with a secret may send it either way. One that runs on people’s devices "
        "proves nothing, whatever is chosen here.",
    )
    pkce = forms.ChoiceField(
        label="How is its sign-in tied to the browser in which it began?",
        required=False,
        choices=list(Client.PKCE.items()),
        initial=Client.PKCE_REQUIRED,
        widget=forms.RadioSelect,
        help_text="Leave the first one, unless an app on a server of its own cannot do that: then "
        "its nonce protects people from being signed in with somebody else’s code, if it compares "
        "it. The last one gives that up; it is for conformance tests and for old apps that you "
        "trust. Where a challenge is sent it counts, whatever is chosen here.",
    )
    default_max_age = forms.IntegerField(
        label="How old may a sign-in be when it does not say?",
        required=False,
        min_value=0,
        max_value=999_999_999,
        help_text="In seconds; older ones have to be made anew. Empty: of any age.",
    )
    initiate_login_uri = forms.CharField(
        label="Where can a sign-in to it be started?",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"size": 80, "spellcheck": "false"}),
        help_text="An https address of the app’s. Kept for the people who look after it.",
    )
    jwks = forms.JSONField(
        label="Its public keys",
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 80, "spellcheck": "false"}),
        help_text="For an app that signs: a JWK set, that is an object with a list of “keys”.",
    )
    jwks_uri = forms.CharField(
        label="Or where its public keys are",
        required=False,
        help_text="An https address of the app’s, such as https://app.example/jwks. Then it can "
        "change its keys by itself.",
    )
    subject_type = forms.ChoiceField(
        label="How does it know people?",
        required=False,
        choices=list(Client.SUBJECT_TYPES.items()),
        initial=Client.PUBLIC,
        widget=forms.RadioSelect,
        help_text="After a change, the app takes everybody for somebody new.",
    )
    sector_identifier_uri = forms.CharField(
        label="Which apps know people by the same name?",
        required=False,
        help_text="Only for an app with names of its own. The https address of a list (JSON) of "
        "the redirect URIs of all apps that belong together. Empty: those on the same host.",
    )
    algorithm = forms.ChoiceField(
        label="How are its ID tokens signed?",
        required=False,
        choices=[(name, name) for name in ALGORITHMS],
        initial=DEFAULT_ALGORITHM,
        help_text="RS256 unless the app asks for another.",
    )
    userinfo_signed_response_alg = forms.ChoiceField(
        label="Does it want userinfo signed?",
        required=False,
        choices=[("", "No, as JSON"), *((name, f"Yes, with {name}") for name in ALGORITHMS)],
    )
    grant_types = WordsField(
        label="What may it do?",
        choices=list(GRANT_TYPES.items()),
        initial="authorization_code refresh_token",
    )
    redirect_uris = LinesField(
        label="Where are people sent back to?",
        required=False,
        help_text="The app’s redirect URIs, one a line, such as https://app.example/callback. "
        "They are compared to the letter. Plain http is for this machine only "
        "(http://127.0.0.1/callback), where any port will do.",
    )
    private_use_schemes = forms.BooleanField(
        label="It claims a scheme of its own on the device",
        required=False,
        help_text="For apps on phones that cannot receive https addresses: allows redirect URIs "
        "such as com.example.app:/callback. Another app on the device could claim the same.",
    )
    scopes = WordsField(
        label="What may it ask people for?",
        choices=_scopes,
        initial=f"{AT_FIRST} offline_access",
    )
    default_scopes = WordsField(
        label="What does it get when it asks for nothing?",
        choices=_sentences,
        initial="openid",
        required=False,
    )
    required_scopes = WordsField(
        label="What can it not do without?",
        choices=_sentences,
        required=False,
        help_text="People can switch anything else off when they let the app in. It is told what "
        "it got with the token (scope). Knowing that it is them (openid) always goes with it.",
    )
    skip_authorization = forms.BooleanField(
        label="It is ours: do not ask people",
        required=False,
        help_text="People who are signed in are let through without being asked. "
        "Only for apps that you run yourself.",
    )
    post_logout_redirect_uris = LinesField(
        label="Where may people be sent after they sign out?", required=False
    )
    backchannel_logout_uri = forms.CharField(
        label="Where is it told that people have signed out?",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"size": 80, "spellcheck": "false"}),
        help_text="An https address of the app’s server, such as https://app.example/signed-out. "
        "This site calls it when a session ends from which the app holds tokens.",
    )
    backchannel_logout_session_required = forms.BooleanField(
        label="It has to be told which session",
        required=False,
        help_text="Tick if the app can only act on a session (sid), not on a person as a whole.",
    )
    allowed_origins = LinesField(
        label="Which web origins may call from a browser?",
        required=False,
        help_text="One a line, such as https://app.example. For apps that run in the browser.",
    )

    class Meta:
        model = Client
        fields = (
            "name",
            "website",
            "client_type",
            "grant_types",
            "redirect_uris",
            "private_use_schemes",
            "scopes",
            "default_scopes",
            "required_scopes",
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
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"scopes", "default_scopes", "required_scopes"} & set(self.fields):
            field: Any = self.fields[name]
            field.choices = [each for each in field.choices if each[0] not in self.closed_scopes]

    def clean(self) -> dict[str, Any] | None:
        for problem in self.sector_problems:
            self.add_error("sector_identifier_uri", problem)
        return super().clean()
