"""What ends when a password changes: other browsers, and after a reset the apps' access too.

allauth tells by signal that a password was changed (by someone who knew the old one) or reset
(by someone who could not sign in: perhaps because somebody else had got in). Django tells that a
session is about to end; the apps of that session are told in turn.
"""

from typing import Any

from allauth.account.signals import password_changed, password_reset
from django.contrib import messages
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.endings import people
from accounts.models import Session, User
from accounts.models.event_kinds import Actor
from accounts.oauth_server.logout.back_channel import announce_end
from accounts.security_events.receipts import Receipt, in_words
from accounts.sessions.store import SID, digest


@receiver(password_changed)
def end_other_browsers(request: HttpRequest, user: User, **kwargs: Any) -> None:
    current = digest(request.session.session_key or "")
    others = Session.objects.filter(user=user).exclude(pk=current)
    ended = people.end_sessions(user, others)
    receipt = Receipt(sessions=ended)
    told = _("Authorized apps keep their access. To end it too, choose “Sign out everywhere”.")
    messages.info(request, f"{in_words(receipt)} {told}" if ended else told)


@receiver(user_logged_out)
def tell_apps(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        announce_end(user, [request.session.get(SID, "")])


@receiver(password_reset)
def end_everything(request: HttpRequest, user: User, **kwargs: Any) -> None:
    messages.info(request, in_words(people.end_person(user, actor=Actor.PERSON, keep_consent=True)))
