"""Authenticate by e-mail address and password."""

from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend

from accounts.models import User


class AuthenticationBackend(AllauthBackend):
    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        """Try the one whose address it is. allauth tries all who have named it, proven or not."""
        found: User | None = self._check_password(User.objects.owning(email), password)
        return found

    def _mitigate_timing_attack(self, password: str) -> None:
        """Take as long for nobody as for somebody: allauth hashes once, whatever was typed."""
        User.rehearse_check(password)
