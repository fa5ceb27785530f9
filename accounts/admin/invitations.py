"""Invite people in Django admin: several addresses at once, sent again, withdrawn, listed."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from accounts.entrance import sign_up_rule
from accounts.entrance.mailed_links import invitations
from accounts.models import Invitation, User
from accounts.site.admin_search import FindsRows
from accounts.staff.model_admin import ModelAdmin, is_superuser, made_by
from accounts.text.email_lists import EmailListField

AT_ONCE = 100  # addresses
_CLOSED = _(
    "Nobody may sign up here (SIGN_UP=closed), so whoever has no account cannot accept. Add them "
    "under People: they are mailed a link to set up their account."
)


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]
    addresses = EmailListField(
        label=_("E-mail addresses"),
        at_most=AT_ONCE,
        help_text=format_lazy(
            _(
                "One a line, {most} at most. Each is mailed a link that works once, for seven "
                "days. Who was invited by an admin before gets a new link, and the former one ends."
            ),
            most=AT_ONCE,
        ),
    )

    class Meta:
        model = Invitation
        fields = ("groups",)
        labels = {"groups": _("Groups")}


@admin.register(Invitation)
class InvitationAdmin(FindsRows, ModelAdmin):
    """Invite people. Whom somebody invited is nobody's to change: one is withdrawn, or sent again.

    A superuser alone may invite into groups, as they alone put people into them.
    """

    list_display = (
        "email",
        "standing",
        "sent_at",
        "expires",
        "made",
        "is_by_person",
        "used_at",
    )
    list_filter = ("is_by_person", "sent_at")
    list_select_related = ("made_by",)
    search_fields = ("email",)
    search_help_text = _("E-mail address, whole or in part")
    exact, text = ("email",), "email"
    ordering = ("-sent_at",)
    actions = ("send_again", "withdraw")
    form = InvitationForm

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        """Show no addresses of staff to anybody but superusers, as on all pages."""
        rows = super().get_queryset(request)
        if is_superuser(request):
            return rows
        return rows.exclude(used_by__in=User.objects.trusted().values("pk"))

    @admin.display(description=_("State"))
    def standing(self, invitation: Invitation) -> str:
        return gettext(invitation.state)

    @admin.display(description=_("made by"))
    def made(self, invitation: Invitation) -> str:
        return made_by(invitation.made_by)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        groups = ("groups",) if is_superuser(request) else ()
        shown = ("email", "standing", *self.list_display[2:]) if obj else ("addresses",)
        return (*shown, *groups)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_send_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = Group.objects.order_by("name")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Invite them all. The first one stands for all where Django wants to name what was
        added; the others are logged here."""
        groups = form.cleaned_data.get("groups", ())
        person: Any = request.user
        made = [
            invitations.invite(email, by=person, groups=groups)
            for email in form.cleaned_data["addresses"]
        ]
        obj.__dict__.update(made[0].__dict__)
        for invitation in made[1:]:
            self.log_addition(request, invitation, [{"added": {}}])
        if not sign_up_rule.takes_invited(request):
            messages.warning(request, _CLOSED)

    @admin.action(description=_("Send a new link"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        self._do(request, queryset, invitations.send_again, gettext_noop("Sent again"))

    @admin.action(description=_("Withdraw"), permissions=["send"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        self._do(request, queryset, invitations.withdraw, gettext_noop("Withdrawn"))

    def _do(self, request: HttpRequest, queryset: Any, do: Any, logged: str) -> None:
        done = [row for row in queryset if do(row.pk)]
        for row in done:
            self.log_change(request, row, logged)
        messages.success(
            request,
            gettext("%(what)s: %(done)s of %(chosen)s.")
            % {"what": gettext(logged), "done": len(done), "chosen": len(queryset)},
        )
