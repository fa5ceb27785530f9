"""Ask for a mailed code between the first step of a sign-in and the session: allauth's stage, by
mail, for those whose address is not proven yet."""

from typing import Any

from allauth.account import stages

from accounts.entrance import proofs


class EmailVerificationStage(stages.EmailVerificationStage):
    def handle(self) -> tuple[Any, bool]:
        """Ask nobody who has just shown an address to be theirs: that waits to be stored."""
        proofs.begin(self.login)
        if proofs.address_of(self.login):
            return None, True
        response, goes_on = super().handle()
        return response, goes_on
