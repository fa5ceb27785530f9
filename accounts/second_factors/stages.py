"""Ask for the second factor: allauth's stage, bound to what the person knew at the first."""

from allauth.account.stages import LoginStageController
from allauth.mfa import stages
from django.http import HttpRequest, HttpResponse

from accounts.entrance import proofs


class AuthenticateStage(stages.AuthenticateStage):
    """End a sign-in that waits for its second factor when the password changes: whoever typed the
    old one may be the reason why it was changed. allauth lets it go on."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if proofs.take_over(self.request, self.login):
            return None, True
        response, goes_on = super().handle()
        return response, goes_on

    def is_stale(self) -> bool:
        """Return whether it has to begin anew. Who closed their account gives the second step, too,
        before it can be had back."""
        user = self.login.user
        is_gone = not user.is_active and not user.delete_after
        return is_gone or proofs.is_stale(self.login, user)


def waiting(request: HttpRequest) -> AuthenticateStage | None:
    """Return the stage at which this browser's sign-in waits for its second factor."""
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    return stage if isinstance(stage, AuthenticateStage) else None
