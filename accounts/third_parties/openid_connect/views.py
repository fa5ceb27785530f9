"""Serve the two addresses of each OpenID provider: where a sign-in begins, and where it returns.

`login` and `callback` are what allauth's own views module has under these names.
"""

import hmac
from typing import Any

from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse

from accounts.third_parties.errors import AnswerNotExpected
from accounts.third_parties.openid_connect.provider import StrictOpenIDConnectAdapter


class CallbackView(OAuth2CallbackView):
    adapter: StrictOpenIDConnectAdapter

    def _get_state(self, request: HttpRequest, provider: Any) -> Any:
        # allauth's one moment between taking the state and looking at the answer.
        state, response = super()._get_state(request, provider)
        if state is not None:
            self.adapter.state = state
            _check_issuer(request, self.adapter.openid_config)
        return state, response


def _check_issuer(request: HttpRequest, metadata: dict[str, Any]) -> None:
    """Refuse an answer that another issuer sent here, to be redeemed at this one (RFC 9207)."""
    told = request.GET.get("iss")
    if told is None and metadata.get("authorization_response_iss_parameter_supported") is not True:
        return
    if not hmac.compare_digest((told or "").encode(), metadata["issuer"].encode()):
        raise AnswerNotExpected("another issuer's answer")


@login_not_required
def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    view = OAuth2LoginView.adapter_view(StrictOpenIDConnectAdapter(request, provider_id))
    return view(request)


@login_not_required
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    view = CallbackView.adapter_view(StrictOpenIDConnectAdapter(request, provider_id))
    return view(request)
