"""Second factors on a person's page in Django admin: to be looked at, and taken from who lost them.

What they hold is secret or of no use to admins, so allauth's own page of them is none.
"""

from typing import Any, cast

import allauth.mfa.admin  # noqa: F401 (registers its page, which is taken away here)
from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.endings.second_factor_reset import LOGGED, reset
from accounts.models import User
from accounts.own_account import ways_in
from accounts.second_factors import policy
from accounts.second_factors.recorders import name_of
from accounts.security_events.receipts import in_words
from accounts.staff.model_admin import ModelAdmin, TabularInline

admin.site.unregister(Authenticator)


class SecondFactorInline(TabularInline):
    model = Authenticator
    fields = readonly_fields = ("kind", "name", "created_at", "last_used_at")
    extra = 0
    verbose_name_plural = _("Two-step verification")

    @admin.display(description=_("Kind"))
    def kind(self, row: Authenticator) -> str:
        return Authenticator.Type(row.type).label

    @admin.display(description=_("Name"))
    def name(self, row: Authenticator) -> str:
        return name_of(row)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # for whoever may see the person

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ResetsSecondFactors(ModelAdmin):
    """Add a button to the page of a person that leads to a page that asks, and then resets."""

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        shown = [SecondFactorInline] if obj and request.method != "POST" else []  # nothing to send
        return [*super().get_inlines(request, obj), *shown]

    def get_urls(self) -> list[URLPattern]:
        # It weighs as much as to change one's own: a session that was left open does not do.
        asked = policy.shown_first(reauthentication_required(app="allauth.mfa")(self._reset))
        own = path(
            "<path:object_id>/second-factors/reset/",
            self.admin_site.admin_view(asked),
            name="reset_second_factors",
        )
        return [own, *super().get_urls()]

    def _reset(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        person = self._changeable(request, object_id)
        if request.method != "POST":
            return self._ask_to_reset(request, person)
        receipt = reset(person)
        self.log_change(request, person, LOGGED)
        messages.info(
            request,
            gettext("Two-step verification was reset for %(person)s. %(receipt)s")
            % {"person": person, "receipt": in_words(receipt)},
        )
        ways_in.tell_admin(request, person)
        return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[person.pk]))

    def _changeable(self, request: HttpRequest, object_id: str) -> User:
        """Return the person, found among those whom this admin may change. Raises Http404.

        Nobody does it to themselves: their own pages are for that.
        """
        person = cast(User | None, self.get_object(request, object_id))
        if person is None or person == request.user:
            raise Http404
        if not self.has_change_permission(request, person):
            raise Http404
        return person

    def _ask_to_reset(self, request: HttpRequest, person: User) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Reset two-step verification"),
            "opts": self.opts,
            "original": person,
            "factors": [
                (Authenticator.Type(row.type).label, name_of(row))
                for row in Authenticator.objects.filter(user=person).order_by("pk")
            ],
        }
        return TemplateResponse(request, "admin/accounts/user/reset_second_factors.html", context)
