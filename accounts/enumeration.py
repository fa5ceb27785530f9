"""Against telling by the time that an answer takes who is known here: as many queries for all.

Hashing, which takes most of the time, is in accounts/passwords.py and accounts/hashing.py.
"""

from allauth.account.models import EmailAddress

from accounts.models import User


def look_as_often(email: str) -> None:
    """Look among the people themselves for `email`, where allauth has not done so.

    It does where the address has not been shown to be anybody's. One query or two here make it the
    same number in all.
    """
    if EmailAddress.objects.filter(email=email.lower(), verified=True).exists():
        User.objects.filter(email=email.lower()).first()


def look_for_nobody(times: int) -> None:
    """Look `times` for a person who is not there, as a known one would have been looked for."""
    for _ in range(times):
        User.objects.filter(pk=0).first()
