"""Prevent enumeration by the time that an answer takes: make as many queries for everybody.

Hashing, which takes most of the time, is in `passwords` and `hashing` beside this module. Whose an
address is costs as many queries for all by itself: accounts.models.User.objects.owning.
"""

from allauth.account.models import EmailAddress
from allauth.account.utils import has_verified_email

from accounts.models import User


def look_as_after_sign_up(user: User) -> None:
    """Look for what allauth looks for to mail a code to `user`, who has just been made.

    One query less than there, as undoing is a statement more than doing.
    """
    if not has_verified_email(user):
        EmailAddress.objects.filter(user_id=user.pk).order_by("-primary", "pk").first()
        User.objects.get(pk=user.pk)


def look_for_nobody(times: int) -> None:
    """Look `times` for a person who is not there, as a known one would have been looked for."""
    for _ in range(times):
        User.objects.filter(pk=0).first()
