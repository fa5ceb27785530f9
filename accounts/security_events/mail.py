"""Notify a person at once, by e-mail, of the events that are in notices.py, and of no others.

record() calls this. Notices are for reading: they hold no link that people could learn to follow,
and say in words where to go. One that cannot be written or sent is logged, and breaks nothing.
"""

import hashlib
import re
from collections.abc import Iterable
from time import time
from typing import TYPE_CHECKING, Any

import structlog
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import translation

from accounts.mail import delivery, letter
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.security_events.notices import NOTICES, Notice
from accounts.security_events.reasons import told
from accounts.security_events.words import app_name
from accounts.site.language import language_of
from accounts.site.provider_names import provider_names
from accounts.text.cleaning import clean
from accounts.text.email_addresses import readable

if TYPE_CHECKING:
    from accounts.models import SecurityEvent, User

AT_MOST = 5  # of one kind to one address an hour: nobody can fill a mailbox
_HOUR = 3600

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)

log = structlog.get_logger("mail")


def notify(event: "SecurityEvent", person: "User", also: Iterable[str] = ()) -> None:
    """Notify `person` of `event` once it is committed, where it is one to be told of.

    `also`: further addresses, such as the one that mail went to before the change; proven ones.
    """
    notice = NOTICES.get((Event(event.kind), Outcome(event.outcome)))
    if notice is None:
        return
    # As they are now, not after the commit.
    addresses = list(dict.fromkeys([*proven_addresses(person), *also]))
    if not addresses:
        why = "no address of theirs is verified"
        log.warning("mail_not_sent", about=event.kind, why=why, sub=person.sub)
    language = language_of(person, is_asking=event.actor == Actor.PERSON)
    # No functools.partial: Django 5.2 logs the __qualname__ of what fails, which that has not.
    transaction.on_commit(
        lambda: _send(notice, event, person, addresses, language=language), robust=True
    )


def proven_addresses(person: "User") -> list[str]:
    """Return where a person may be told of their account: at the main address, or, where that was
    never verified, at all that were. One that nobody has shown to be theirs may be a stranger's."""
    verified = EmailAddress.objects.filter(user=person, verified=True).order_by("-primary", "pk")
    found = list(verified.values_list("email", flat=True))
    main = [email for email in found if email.lower() == person.email.lower()]
    return main or found


def _send(
    notice: Notice, event: "SecurityEvent", person: "User", addresses: list[str], *, language: str
) -> None:
    for address in addresses:
        if not _may_be_sent(event.kind, address):
            log.warning("mail_not_sent", about=event.kind, why="too many of a kind in an hour")
            continue
        with translation.override(language):
            context = _context(notice, event, person)
            message = letter.write("mail/notice", address, language, context)
        delivery.post(message, event.kind)


def _may_be_sent(kind: str, address: str) -> bool:
    """Count by address, not by person: who adds and removes addresses of their own must not
    use up what the true owner's is told."""
    hour = int(time() // _HOUR)
    digest = hashlib.sha256(f"{kind}\0{address.lower()}\0{hour}".encode()).hexdigest()
    return cache.count(f"notice:{digest}", _HOUR).number <= AT_MOST  # type: ignore[attr-defined]


def _context(notice: Notice, event: "SecurityEvent", person: "User") -> dict[str, Any]:
    values = {
        "site": settings.SITE_NAME,
        "app": _without_links(clean(app_name(event), 100)),
        "why": _without_links(_why(event)),
        "account": readable(person.email),
    }
    own = {"user_agent": event.user_agent, "address": event.address} if notice.is_own else {}
    facts = letter.facts_of(at=event.at, zone=person.zoneinfo, **own)
    return {
        "subject": str(notice.subject).format(**values),
        "happened": str(notice.happened).format(**values),
        "advice": str(notice.advice).format(**values),
        "facts": [letter.Fact(translation.gettext("Account"), readable(person.email)), *facts],
    }


def _why(event: "SecurityEvent") -> str:
    if event.kind not in {Event.CONNECTION_ADDED, Event.CONNECTION_REMOVED}:
        return told(event, {})
    return told(event, {key: clean(name, 100) for key, name in provider_names().items()})


def _without_links(text: str) -> str:
    """Return text without links: whoever names an app, or an address, must not put one into a mail
    of ours."""
    return _SCHEME.sub("", text)
