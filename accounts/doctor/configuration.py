"""Turn what the system checks say of the settings into findings, each about its topic."""

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import ERROR, INFO, CheckMessage, run_checks
from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext_lazy as _

from accounts.doctor.django_checks import SENTENCES
from accounts.doctor.findings import Finding, Topic

topic = Topic("settings")

_CHECKED = _("They work, and are safe")
# Those that are about something that has a topic of its own.
_TOPICS = {
    "mail": "accounts.E010 accounts.W003",
    "proxies": "accounts.E007 accounts.W004",
    "cookies": "security.W010 security.W011 security.W012 security.W016",
    "database": "accounts.W008 accounts.W009",
    "providers": "accounts.W001 " + " ".join(f"accounts.E00{number}" for number in range(1, 6)),
}
TOPICS = frozenset({topic.name, *_TOPICS})
_TOLD_ELSEWHERE = "accounts.E030 accounts.W030 accounts.W031"  # by keys.py


def examine() -> Iterator[Finding]:
    if not settings.HTTPS:
        found = _("SITE_URL is http, for this machine alone: it may be less safe.")
        yield topic.skipped(_("They are those of a deployment"), found)
    messages = run_checks(include_deployment_checks=settings.HTTPS, databases=[DEFAULT_DB_ALIAS])
    told = [
        message
        for message in messages
        if message.level > INFO
        and not message.is_silenced()
        and message.id not in _TOLD_ELSEWHERE.split()
    ]
    yield from map(_finding, told)
    if not any(finding_topic(message) == topic for message in told):
        yield topic.ok(_CHECKED, _("No system check has anything to say."))


def finding_topic(message: CheckMessage) -> Topic:
    return next((Topic(name) for name, ids in _TOPICS.items() if message.id in ids.split()), topic)


def _finding(message: CheckMessage) -> Finding:
    about = finding_topic(message)
    checked = f"{_CHECKED} ({message.id})"
    of_django = _("Have it as in config/settings.py (%(id)s in Django's documentation).")
    is_told_by_us = message.id in SENTENCES
    remedy = (not is_told_by_us and message.hint) or of_django % {"id": message.id}
    make = about.broken if message.level >= ERROR else about.warning
    return make(checked, _said(message), remedy)


def _said(message: CheckMessage) -> str:
    """Return what it says. Django and the packages speak English, so what a deployment can meet of
    Django's is said by us; the rest is quoted."""
    if ours := SENTENCES.get(str(message.id)):
        return str(ours)
    is_ours = str(message.id).startswith(("accounts.", "oauth_server."))
    return str(message.msg) if is_ours else _("Django says: “%(said)s”") % {"said": message.msg}
