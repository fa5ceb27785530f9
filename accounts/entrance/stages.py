"""Ask for a mailed code between the first step of a sign-in and the session: allauth's stage, by
mail, for those whose address is not proven yet."""

from typing import Any

from allauth.account import stages

from accounts.entrance import proofs
from accounts.entrance.mailed_links import invitations
from accounts.upstream.account import record_authentication


class EmailVerificationStage(stages.EmailVerificationStage):
    def handle(self) -> tuple[Any, bool]:
        """Ask nobody who has just shown an address to be theirs: that waits to be stored."""
        proofs.begin(self.login)
        if (
            self.login.signup
            and self.login.user
            and invitations.proves(self.request, self.login.user)
        ):
            email = self.login.user.email
            # A letter's secret, as a code is.
            record_authentication(self.request, self.login.user, method="code", email=email)
            invitations.opened.forget(self.request)
            proofs.prove(self.login, email)
        if proofs.address_of(self.login):
            return None, True
        response, goes_on = super().handle()
        return response, goes_on
