"""What is remembered of people. Django looks for the models of an app here."""

from accounts.models.security_event import SecurityEvent as SecurityEvent
from accounts.models.user import ConnectionToken as ConnectionToken
from accounts.models.user import KnownDevice as KnownDevice
from accounts.models.user import ProviderSecret as ProviderSecret
from accounts.models.user import Session as Session
from accounts.models.user import User as User
from accounts.models.user import new_subject as new_subject
