"""What a person is told at once, by e-mail: that a key to their account may have been stolen."""

from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models import User
    from accounts.oauth_server.models import Client


def tell_of_replay(user: "User", client: "Client") -> None:
    """Tell `user`, once this is committed, that a sign-in at `client` was ended and why.

    A mail that cannot be sent is logged (by Django, `robust`), and never breaks the answer. The
    callback is no functools.partial: Django 5.2 logs its __qualname__, which that has not.
    """
    context = {
        "app": client.name,
        "at": timezone.now(),
        "account_page": settings.SITE_URL + reverse("account_home"),
        "activity_page": settings.SITE_URL + reverse("account_activity"),
    }
    message = get_adapter().render_mail("accounts/email/sign_in_ended", user.email, context)
    transaction.on_commit(lambda: message.send(), robust=True)
