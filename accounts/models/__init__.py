"""Keep what is known of people. Django looks for the models of an app here."""

from accounts.models.account_link import AccountLink
from accounts.models.cleanup_run import CleanupRun
from accounts.models.encryption_key import EncryptionKey
from accounts.models.group import GroupProfile, GroupRule, Membership
from accounts.models.invitation import Invitation
from accounts.models.known_device import KnownDevice
from accounts.models.security_event import SecurityEvent
from accounts.models.session import Session
from accounts.models.third_party import ConnectionToken, ProviderSecret
from accounts.models.user import User, new_subject
from accounts.models.user_name import ReleasedName
from accounts.models.webhook import Webhook, WebhookDelivery

__all__ = [
    "AccountLink",
    "CleanupRun",
    "ConnectionToken",
    "EncryptionKey",
    "GroupProfile",
    "GroupRule",
    "Invitation",
    "KnownDevice",
    "Membership",
    "ProviderSecret",
    "ReleasedName",
    "SecurityEvent",
    "Session",
    "User",
    "Webhook",
    "WebhookDelivery",
    "new_subject",  # migrations name it here
]
