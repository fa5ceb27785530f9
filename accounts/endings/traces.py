"""Take who a deleted person was from the rows of others: from what admins' events and Django
admin's log say of them, from events of other accounts, and from what client apps told.

The `sub` stays in their place. To be called in the transaction of the deletion, before the rows of
the person go.
"""

import json
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.db.models import Q

from accounts.models import Invitation, SecurityEvent, User
from accounts.models.event_kinds import DONE_AS_ADMIN, Actor, Event
from accounts.oauth_server.models import Registration
from accounts.text.email_addresses import comparable
from accounts.text.field_changes import VALUES

# Whose rows were logged by the name or the address of their person, once.
_OF_PEOPLE = (
    *("account.emailaddress", "mfa.authenticator", "socialaccount.socialaccount"),
    *("oauth_server.authorization", "oauth_server.personaltoken", "oauth_server.accesstoken"),
    *("oauth_server.refreshtoken", "oauth_server.authorizationcode"),
)
_NOBODY = "…"  # in place of the name of a row, without which Django cannot show its log
_OF_ADDRESSES = (
    *(Event.EMAIL_ADDED, Event.EMAIL_VERIFIED, Event.EMAIL_PRIMARY, Event.EMAIL_REMOVED),
    *(Event.TAKEN_OVER, Event.INVITATION_SENT, Event.INVITATION_WITHDRAWN),
)


def remove(user: User) -> None:
    own = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    addresses = {user.email, *own}
    _from_where_they_acted(user)
    SecurityEvent.objects.forget(user)
    _in_admins_events(user, addresses)
    _in_admin_log(user, addresses)
    _in_events_of_others(addresses)
    _in_contacts(addresses)
    Invitation.objects.filter(email__in=addresses).delete()
    # Of those whom they invited, who accepted has an account, and everybody else is let go.
    Invitation.objects.of_person(user).filter(used_at=None).delete()


def _from_where_they_acted(user: User) -> None:
    """Take out from where they acted on other people's accounts, as an admin."""
    did = SecurityEvent.objects.filter(user=user, kind__in=DONE_AS_ADMIN)
    requests = set(did.exclude(request_id="").values_list("request_id", flat=True))
    theirs = SecurityEvent.objects.filter(actor=Actor.ADMIN, request_id__in=requests)
    theirs.redact(address="", user_agent="", request_id="")


def _in_admins_events(user: User, addresses: set[str]) -> None:
    events = SecurityEvent.objects.filter(kind__in=DONE_AS_ADMIN)
    about = Q(details__model=User._meta.label_lower, details__object_id=str(user.pk))
    named = Q(details__model__in=_OF_PEOPLE) & _naming("details__object", user, addresses)
    for event in events.filter(about | named):
        changes = _without_objects(event.details.get("changes", []))
        details = event.details | {"object": user.sub, "changes": changes}
        kept = {name: value for name, value in details.items() if value}
        SecurityEvent.objects.filter(pk=event.pk).redact(details=kept)


def _in_admin_log(user: User, addresses: set[str]) -> None:
    about = Q(content_type__app_label="accounts", content_type__model="user")
    named = Q()
    for label in _OF_PEOPLE:
        app, model = label.split(".")
        named |= Q(content_type__app_label=app, content_type__model=model)
    named &= _naming("object_repr", user, addresses)
    for entry in LogEntry.objects.filter((about & Q(object_id=str(user.pk))) | named):
        message = _message_without_objects(entry.change_message)
        rewritten = {"object_repr": user.sub, "change_message": message}
        LogEntry.objects.filter(pk=entry.pk).update(**rewritten)


def _naming(column: str, user: User, addresses: set[str]) -> Q:
    found = Q()
    for words in {*addresses, user.name} - {""}:
        found |= Q(**{f"{column}__icontains": words})
    return found


def _message_without_objects(message: str) -> str:
    """Take the names of rows from Django's list of changes; words of our own name none."""
    try:
        return json.dumps(_without_objects(json.loads(message)))
    except ValueError:
        return message


def _without_objects(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave the fields that changed, without their values, and of what kind the rows were that were
    added or removed."""
    return [
        {
            done: {
                name: _NOBODY if name == "object" else value
                for name, value in what.items()
                if name != VALUES
            }
            for done, what in change.items()
        }
        for change in changes
    ]


def _in_events_of_others(addresses: set[str]) -> None:
    """Take an address out where somebody else named it, or had it before."""
    events = SecurityEvent.objects.filter(kind__in=_OF_ADDRESSES, details__email__in=addresses)
    events.redact(details={})


def _in_contacts(addresses: set[str]) -> None:
    """Take them out of what client apps told as they registered (RFC 7591 section 2)."""
    found = Q()
    for address in addresses:
        found |= Q(told__contacts__icontains=address)
    for registration in Registration.objects.select_for_update().filter(found):
        contacts = registration.told["contacts"]
        others = [each for each in contacts if comparable(str(each)) not in addresses]
        told = registration.told | {"contacts": others}
        Registration.objects.filter(pk=registration.pk).update(told=told)
