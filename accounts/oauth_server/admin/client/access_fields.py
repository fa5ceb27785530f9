"""Have an admin say who may use a client, and whom others ask."""

from django import forms
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.admin.fields import YesField
from accounts.oauth_server.models import Client


class AccessFields(forms.ModelForm):  # type: ignore[type-arg]
    is_restricted = YesField(
        label=_("Who may use it"),
        required=False,
        choices=[("", _("Everybody")), ("yes", _("Only people in these groups"))],
        widget=forms.RadioSelect,
        help_text=_(
            "Whoever is in none of them any more loses access at once, and the app is told."
        ),
    )
    groups = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name"),
        label=_("Groups"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("To be in one of them is enough."),
    )
    responsible_name = forms.CharField(
        label=_("Responsible person"),
        required=False,
        max_length=100,
        help_text=_("Whom people ask who may not use it, such as Service desk."),
    )
    responsible_email = forms.EmailField(
        label=_("Their e-mail address"),
        required=False,
        help_text=_("Shown to whoever may not use the app."),
    )

    class Meta:
        model = Client
        fields = (
            "is_restricted",
            "groups",
            "responsible_name",
            "responsible_email",
        )
