"""Between the first factor and the session: allauth's stage, bound to what the person knew."""

from allauth.account.stages import LoginStageController
from allauth.mfa import stages
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

_FIRST_FACTOR = "first_factor"


class AuthenticateStage(stages.AuthenticateStage):
    """A sign-in that waits for its second factor ends when the password changes: whoever typed the
    old one may be the reason why it was changed. allauth lets it go on."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        response, goes_on = super().handle()
        if response is not None:
            self.state[_FIRST_FACTOR] = self.login.user.get_session_auth_hash()
        return response, goes_on

    def is_stale(self) -> bool:
        user = self.login.user
        known = str(self.state.get(_FIRST_FACTOR, ""))
        return not user.is_active or not constant_time_compare(known, user.get_session_auth_hash())


def waiting(request: HttpRequest) -> AuthenticateStage | None:
    """Return the stage at which this browser's sign-in waits for its second factor."""
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    return stage if isinstance(stage, AuthenticateStage) else None
