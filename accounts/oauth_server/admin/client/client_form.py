"""Have an admin register a client without reading a specification."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.admin.client.access_fields import AccessFields
from accounts.oauth_server.admin.client.address_fields import AddressFields
from accounts.oauth_server.admin.client.authentication_fields import AuthenticationFields
from accounts.oauth_server.admin.client.group_claims import GroupClaimFields
from accounts.oauth_server.admin.client.id_token_fields import IDTokenFields
from accounts.oauth_server.admin.client.logos import LogoField
from accounts.oauth_server.admin.client.profile_fields import ProfileFields
from accounts.oauth_server.admin.fields import WordsField
from accounts.oauth_server.clients import default_scopes
from accounts.oauth_server.models import Client
from accounts.oauth_server.models.client import GRANT_TYPES
from accounts.oauth_server.models.software import APP, SOFTWARE_KINDS
from accounts.oauth_server.rules.redirect_uris import origins_of
from accounts.oauth_server.rules.scopes import AT_FIRST, SCOPES

_SCOPES = ("scopes", "default_scopes", "required_scopes")


def _scopes() -> list[tuple[str, str]]:
    return [(name, f"{scope.sentence} ({name})") for name, scope in SCOPES.items()]


def _sentences() -> list[tuple[str, str]]:
    return [(name, str(scope.sentence)) for name, scope in SCOPES.items()]


class ClientForm(
    LogoField,
    AddressFields,
    AuthenticationFields,
    IDTokenFields,
    AccessFields,
    GroupClaimFields,
    ProfileFields,
):
    # What is wrong with the list at the sector identifier URI: found before the form is made.
    sector_problems: tuple[str, ...] = ()
    # Scopes that this admin may not let a client have.
    closed_scopes: frozenset[str] = frozenset()
    # Another client that this one could be taken for by its new name.
    namesake = ""
    # Whether it calls this site from the pages that it sends people back to.
    is_spa = False

    name_is_meant = forms.BooleanField(
        label=_("Use this name all the same"),
        required=False,
        help_text=_("People cannot tell the two apart where they allow access."),
    )
    website = forms.URLField(
        label=_("Website"),
        required=False,
        assume_scheme="https",
        help_text=_("Where people can read about this app."),
    )
    kind = forms.ChoiceField(
        label=_("What it is"),
        required=False,
        choices=list(SOFTWARE_KINDS.items()),
        initial=APP,
        widget=forms.RadioSelect,
        help_text=_(
            "People and admins see their agents together, and can end all of them at once."
        ),
    )
    grant_types = WordsField(
        label=_("Grant types"),
        choices=list(GRANT_TYPES.items()),
        initial="authorization_code refresh_token",
        help_text=_("The ways in which the app can get tokens."),
    )
    scopes = WordsField(
        label=_("Scopes"),
        choices=_scopes,
        initial=f"{AT_FIRST} offline_access",
        help_text=_("What the app may ask people for."),
    )
    default_scopes = WordsField(
        label=_("Default scopes"),
        choices=_sentences,
        initial="openid",
        required=False,
        help_text=_("What the app asks for when its request does not say."),
    )
    required_scopes = WordsField(
        label=_("Required scopes"),
        choices=_sentences,
        required=False,
        help_text=_(
            "What people cannot untick when they allow access. “openid” is always required. "
            "The app is told what was allowed in “scope”, beside the token."
        ),
    )
    skip_authorization = forms.BooleanField(
        label=_("Skip consent"),
        required=False,
        help_text=_("Give access without asking people. Only for apps that you run yourself."),
    )

    class Meta:
        model = Client
        fields = (
            "name",
            "website",
            "kind",
            "grant_types",
            "scopes",
            "default_scopes",
            "required_scopes",
            "leaves_out_scopes",
            "skip_authorization",
            "is_active",
            "is_verified",
            *AddressFields.Meta.fields,
            *AuthenticationFields.Meta.fields,
            *IDTokenFields.Meta.fields,
            *AccessFields.Meta.fields,
            *GroupClaimFields.Meta.fields,
            *ProfileFields.Meta.fields,
            "access_token_minutes",
            "refresh_token_idle_days",
            "refresh_token_max_days",
            "id_token_minutes",
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
            words = gettext(
                "There is another app called “{}”. Choose another name, or tick the box below."
            )
            self.add_error("name", words.format(self.namesake))
        if self.is_spa and not cleaned.get("allowed_origins"):
            cleaned["allowed_origins"] = origins_of(cleaned.get("redirect_uris", ""))
        if cleaned.get("is_restricted") and not cleaned.get("groups"):
            self.add_error(
                "groups", gettext("Choose at least one group: nobody could use the app.")
            )
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
