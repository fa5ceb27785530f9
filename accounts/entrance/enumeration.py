"""Against telling by the time that an answer takes who is known here: as many queries for all.

Hashing, which takes most of the time, is in `passwords` and `hashing` beside this module.
"""

from allauth.account.models import EmailAddress
from allauth.account.utils import has_verified_email

from accounts.models import User

_NOBODY = "nobody@stand-in.invalid"


def look_as_often(email: str) -> None:
    """Look among the people themselves, where allauth has not done so for `email`.

    It does where the address has not been shown to be anybody's. One query or two here make it the
    same number in all, and of the same kind: on PostgreSQL, a cursor takes three messages. Like
    allauth's, it finds nobody: building a person from a row takes time, too.
    """
    if EmailAddress.objects.filter(email=email.lower(), verified=True).exists():
        list(User.objects.filter(email=_NOBODY).iterator(2000))


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
