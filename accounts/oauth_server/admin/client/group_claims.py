"""Have an admin say how a client is told of groups (models/group_claim.py)."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.admin.fields import WordsField
from accounts.oauth_server.models import Client, GroupValue
from accounts.staff.model_admin import TabularInline, is_superuser

FIELDSET: Any = (
    _("Groups"),
    {
        "classes": ("collapse",),
        "description": _("What the app is told of people’s groups, with the scope “groups”."),
        "fields": ("groups_claim", "groups_form", "groups_in", "groups_only_listed"),
    },
)


class GroupClaimFields(forms.ModelForm):  # type: ignore[type-arg]
    groups_claim = forms.CharField(
        label=_("Claim"),
        required=False,
        max_length=100,
        initial="groups",
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
        help_text=_("The name under which the app reads the groups, such as groups or roles."),
    )
    groups_form = forms.ChoiceField(
        label=_("Form"),
        required=False,
        choices=list(Client.FORMS.items()),
        initial=Client.LIST,
        widget=forms.RadioSelect,
        help_text=_(
            "What the claim looks like. A superuser lists groups and their values at the end "
            "of this page."
        ),
    )
    groups_in = WordsField(
        label=_("Told in"),
        required=False,
        choices=list(Client.PLACES.items()),
        initial=f"{Client.ID_TOKEN} {Client.USERINFO}",
        help_text=_("Introspection also tells other apps that may ask about tokens of this one."),
    )

    class Meta:
        model = Client
        fields = ("groups_claim", "groups_form", "groups_in", "groups_only_listed")

    def clean_groups_claim(self) -> str:
        return self.cleaned_data["groups_claim"] or "groups"

    def clean_groups_form(self) -> str:
        return self.cleaned_data["groups_form"] or Client.LIST


class GroupValueInline(TabularInline):
    """Leave to superusers who reads in another app that somebody is its admin; and the names of
    groups, which are theirs to view."""

    model = GroupValue
    fields = ("group", "value")
    verbose_name_plural = _("Groups that the app is told of")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)
