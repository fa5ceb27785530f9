"""Manage e-mail addresses: allauth's page, which keeps what was typed and the last address that
counts."""

from typing import Any, cast

from allauth.account import views as allauth
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from accounts.account_pages import drafts
from accounts.models import User
from accounts.own_account.ways_in import WaysIn, locked


class _EmailView(allauth.EmailView):
    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | drafts.take(self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        ways = WaysIn.of(self.request.user)
        needed = {address.pk for address in context["emailaddresses"] if ways.need(address)}
        return context | {"needed": needed}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        change = super().post
        if "action_remove" in request.POST or "action_primary" in request.POST:
            return locked(change)(request, *args, **kwargs)
        return cast(HttpResponseBase, change(request, *args, **kwargs))

    def _action_remove(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        address = self._get_email_address(request)
        if address and WaysIn.of(cast(User, request.user)).need(address):
            messages.error(request, _why_kept())
            return None
        return super()._action_remove(request, *args, **kwargs)


def _why_kept() -> str:
    return _(
        "You cannot remove your only verified address, because you need one to sign in. Verify "
        "another one first."
    )


account_email = _EmailView.as_view()
