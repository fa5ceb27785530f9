"""Authenticate by e-mail address and password."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend
from allauth.core import context

from accounts.models import User
from accounts.sessions.store import SessionStore


class AuthenticationBackend(AllauthBackend):
    def get_user(self, user_id: Any) -> User | None:
        """Return the person, whom the session of the request may have brought along."""
        session = getattr(context.request, "session", None)
        brought = session.take_owner(user_id) if isinstance(session, SessionStore) else None
        if brought is not None and self.user_can_authenticate(brought):
            return brought
        found: User | None = super().get_user(user_id)
        return found

    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        """Try the one whose address it is. allauth tries all who have named it, proven or not."""
        found: User | None = self._check_password(User.objects.owning(email), password)
        return found

    def _mitigate_timing_attack(self, password: str) -> None:
        """Take as long for nobody as for somebody: allauth hashes once, whatever was typed."""
        User.rehearse_check(password)
