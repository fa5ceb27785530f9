"""Take from allauth.account how a sign-in is kept in the session, goes on, and is proven anew."""

from allauth.account.internal.flows.code_verification import (
    AbstractCodeVerificationProcess as CodeVerification,
)
from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY as EMAIL_CODE_KEY,
)
from allauth.account.internal.flows.email_verification_by_code import (
    EmailVerificationProcess as EmailVerification,
)
from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY as AUTHENTICATED_USER_KEY,
)
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.password_reset_by_code import (
    PASSWORD_RESET_VERIFICATION_SESSION_KEY as RESET_CODE_KEY,
)
from allauth.account.internal.flows.reauthentication import (
    STATE_SESSION_KEY as SUSPENDED_REQUEST_KEY,
)
from allauth.account.internal.flows.reauthentication import (
    raise_if_reauthentication_required,
    resume_request,
    suspend_request,
)
from allauth.account.internal.flows.reauthentication import (
    stash_and_reauthenticate as suspend_function,
)
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY as PENDING_LOGIN_KEY

__all__ = [
    "AUTHENTICATED_USER_KEY",
    "EMAIL_CODE_KEY",
    "PENDING_LOGIN_KEY",
    "RESET_CODE_KEY",
    "SUSPENDED_REQUEST_KEY",
    "CodeVerification",
    "EmailVerification",
    "perform_login",
    "raise_if_reauthentication_required",
    "record_authentication",
    "resume_request",
    "suspend_function",
    "suspend_request",
]
