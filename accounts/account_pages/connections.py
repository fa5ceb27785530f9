"""Show connections: allauth's page. What it removes goes under the person's lock."""

from typing import Any

from allauth.socialaccount import views as allauth
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import method_decorator

from accounts.own_account.ways_in import locked


class _ConnectionsView(allauth.ConnectionsView):
    @method_decorator(locked)
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().post(request, *args, **kwargs)


connections = _ConnectionsView.as_view()
