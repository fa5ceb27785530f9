"""Apps with access: the client apps that a person let in, and an end to any of it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.oauth_server import revocation
from accounts.oauth_server.models import Authorization
from accounts.oauth_server.receipts import in_words
from accounts.oauth_server.scopes import SCOPES, to_set
from accounts.pages.sign_in_first import sign_in_first
from accounts.security_events.kinds import Event
from accounts.security_events.record import record


@require_safe
@never_cache
@login_required
def apps(request: HttpRequest) -> HttpResponse:
    authorizations = Authorization.objects.filter(user=request.user).select_related("client")
    context = {
        "apps": [
            {"authorization": authorization, "sentences": _in_words(authorization.scope)}
            for authorization in authorizations.order_by("client__name", "pk")
        ],
    }
    return render(request, "accounts/apps.html", context)


@require_POST
@sign_in_first(back_to="account_apps")
def remove_app(request: HttpRequest, pk: int) -> HttpResponse:
    authorization = get_object_or_404(Authorization, pk=pk, user=request.user)
    client = authorization.client
    with transaction.atomic():
        ended = in_words(revocation.end_authorizations(Authorization.objects.filter(pk=pk)))
        record(Event.APP_REMOVED, user=authorization.user, client=client, why=ended)
    told = _("%(app)s is removed. %(ended)s") % {"app": client.name, "ended": ended}
    messages.success(request, told)
    return redirect("account_apps")


def _in_words(scope: str) -> list[str]:
    allowed = to_set(scope)
    return [sentence for name, sentence in SCOPES.items() if name in allowed]
