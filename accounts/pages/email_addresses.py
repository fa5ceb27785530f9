"""E-mail addresses: allauth's page, which keeps what was typed."""

from typing import Any

from allauth.account import views as allauth

from accounts.pages import drafts


class _EmailView(allauth.EmailView):
    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | drafts.take(self.request)


account_email = _EmailView.as_view()
