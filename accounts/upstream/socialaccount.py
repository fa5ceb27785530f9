"""Take from allauth.socialaccount what waits for a third party's answer, and signing up by it."""

from allauth.socialaccount.internal.flows.signup import (
    complete_social_signup,
    redirect_to_signup,
)
from allauth.socialaccount.internal.statekit import get_states

__all__ = ["complete_social_signup", "get_states", "redirect_to_signup"]
