"""Ask before a person is acted on in Django admin, and say afterwards what happened."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.staff.model_admin import ModelAdmin

TOLD = _("They are told by e-mail.")

Act = Callable[..., HttpResponseBase]


class AsksFirst(ModelAdmin):
    """Lead a button of a person's page to a page that says what will happen."""

    def _of_person(self, acts: dict[str, tuple[str, Act]]) -> list[URLPattern]:
        """Return the addresses of `acts` below a person's page: of each name, where and what."""
        return [
            path(f"<path:object_id>/{address}", self.admin_site.admin_view(act), name=name)
            for name, (address, act) in acts.items()
        ]

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

    def _ask(
        self,
        request: HttpRequest,
        person: User,
        title: str,
        says: list[Any],
        *,
        is_danger: bool = False,
    ) -> HttpResponseBase:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "says": says,
            "is_danger": is_danger,
            "opts": self.opts,
            "original": person,
        }
        return TemplateResponse(request, "admin/accounts/user/confirm.html", context)

    def _done(
        self, request: HttpRequest, person: User, logged: str, said: str
    ) -> HttpResponseRedirect:
        """Go back to the person's page. `logged`: what happened, where anything did; from the log,
        the person is told (admin/recorders.py)."""
        if logged:
            self.log_change(request, person, logged)
        messages.info(request, said)
        return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[person.pk]))
