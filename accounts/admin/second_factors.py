"""List second factors on a person's page in Django admin, and reset those of who lost them.

What they hold is secret or of no use to admins, so allauth's own page of them is none.
"""

from typing import Any

import allauth.mfa.admin  # noqa: F401 (registers its page, which is taken away here)
from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.asking import TOLD, Act, AsksFirst
from accounts.endings.second_factor_reset import LOGGED, reset
from accounts.models import User
from accounts.own_account import ways_in
from accounts.second_factors import policy
from accounts.second_factors.recorders import name_of
from accounts.security_events.receipts import in_words
from accounts.staff.model_admin import TabularInline, Untouched

admin.site.unregister(Authenticator)


class SecondFactorInline(Untouched, TabularInline):
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


class ActsOnSecondFactors(AsksFirst):
    """Add buttons to the page of a person: demand second factors of them, or reset theirs."""

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        shown = [SecondFactorInline] if obj and request.method != "POST" else []  # nothing to send
        return [*super().get_inlines(request, obj), *shown]

    def get_urls(self) -> list[URLPattern]:
        # It weighs as much as to change one's own: a session that was left open does not do.
        asked = policy.shown_first(reauthentication_required(app="allauth.mfa")(self._reset))
        own: dict[str, tuple[str, Act]] = {
            "reset_second_factors": ("second-factors/reset/", asked),
            "require_second_step": ("second-factors/require/", self._require_second_step),
            "release_second_step": ("second-factors/release/", self._release_second_step),
        }
        return [*self._of_person(own), *super().get_urls()]

    def _reset(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        person = self._changeable(request, object_id)
        if request.method != "POST":
            return self._ask_to_reset(request, person)
        said = gettext("Two-step verification was reset for %(person)s. %(receipt)s") % {
            "person": person,
            "receipt": in_words(reset(person)),
        }
        answer = self._done(request, person, LOGGED, said)
        ways_in.tell_admin(request, person)
        return answer

    def _require_second_step(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        person = self._changeable(request, object_id)
        if request.method != "POST" and not person.second_factor_demanded_at:
            says = [
                gettext("%(person)s will need a passkey or an authenticator app to sign in.")
                % {"person": person},
                gettext("They have one.")
                if policy.has_one(person)
                else gettext(
                    "They have none: they are led to set one up before they see anything else."
                ),
                gettext("That includes sessions that are open now. Apps keep their access."),
                TOLD,
            ]
            return self._ask(request, person, gettext("Require two-step verification"), says)
        if request.method != "POST" or not _demand(person, is_on=True):
            return self._done(request, person, "", gettext("It was required already."))
        said = gettext("%(person)s needs two-step verification from now on.") % {"person": person}
        return self._done(request, person, "Two-step verification is required.", said)

    def _release_second_step(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        person = self._changeable(request, object_id)
        if request.method != "POST" and person.second_factor_demanded_at:
            says = [
                gettext(
                    "%(person)s may remove their second factors, unless SECOND_FACTOR demands one."
                )
                % {"person": person},
                gettext("Those that they have stay."),
                TOLD,
            ]
            return self._ask(request, person, gettext("Stop requiring two-step verification"), says)
        if request.method != "POST" or not _demand(person, is_on=False):
            return self._done(request, person, "", gettext("It was not required."))
        logged = "Two-step verification is no longer required."
        return self._done(request, person, logged, logged)

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


def _demand(person: User, *, is_on: bool) -> bool:
    """Demand a second factor of the person, or no more; False where it was so already."""
    others = User.objects.filter(pk=person.pk, second_factor_demanded_at__isnull=is_on)
    return bool(others.update(second_factor_demanded_at=timezone.now() if is_on else None))
