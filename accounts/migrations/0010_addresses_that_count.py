"""One spelling of each address, and none that nobody has proven but that of an unfinished sign-up.

Spelling: domains were stored as they were typed, so that one mailbox could have two accounts. Where
that is so, the account that has shown the address to be its own keeps it, and of two that have, the
one that wrote it as it is written now. The other one keeps its old spelling, which nobody can type
any more: it is signed in to by all but its address, and is named by its `sub` in the log.

Unproven: whoever adds an address has always had to type a code before it was stored. What is not
verified beside one that is was therefore named by third parties, or left by changes in Django
admin. It is not known to be anybody's, it was taken for a match, and who wants it adds it again.
"""

import logging
from typing import Any

from django.db import migrations
from django.db.models import Exists, F, OuterRef

from accounts.text.email_addresses import comparable

log = logging.getLogger(__name__)


def forwards(apps: Any, schema_editor: Any) -> None:
    user, address = apps.get_model("accounts", "User"), apps.get_model("account", "EmailAddress")
    _spell_addresses(address)
    _spell_people(user, address)
    _remove_unproven(address)
    _show_proven(user, address)


def _spell_addresses(address: Any) -> None:
    for row in _misspelt(address.objects.order_by("-verified", "pk")):
        email = comparable(row.email)
        own = address.objects.filter(user_id=row.user_id, email=email).first()
        others = address.objects.filter(email=email, verified=True).exclude(user_id=row.user_id)
        if row.verified and others.exists():
            continue
        if own is None:
            address.objects.filter(pk=row.pk).update(email=email)
            continue
        row.delete()
        own.verified, own.primary = own.verified or row.verified, own.primary or row.primary
        own.save(update_fields=["verified", "primary"])


def _spell_people(user: Any, address: Any) -> None:
    for person in _misspelt(user.objects.order_by("pk").only("email", "sub")):
        email = comparable(person.email)
        holder = user.objects.filter(email=email).exclude(pk=person.pk).first()
        if holder and not _has_proven(address, person, email):
            log.warning("A person keeps an address in its old spelling: sub %s", person.sub)
            continue
        _give(user, person, email)


def _misspelt(rows: Any) -> list[Any]:
    return [row for row in rows.iterator() if comparable(row.email) != row.email]


def _remove_unproven(address: Any) -> None:
    proven = address.objects.filter(verified=True).values("user_id")
    address.objects.filter(verified=False, user_id__in=proven).delete()
    address.objects.filter(verified=False).exclude(email=F("user__email")).delete()


def _show_proven(user: Any, address: Any) -> None:
    """Let the main address be one that is proven, where there is one."""
    own = address.objects.filter(user_id=OuterRef("pk"), verified=True)
    unshown = user.objects.filter(Exists(own), ~Exists(own.filter(email=OuterRef("email"))))
    for person in list(unshown.only("email", "sub")):
        shown = address.objects.filter(user_id=person.pk, verified=True)
        main = shown.order_by("-primary", "pk").first()
        shown.filter(pk=main.pk).update(primary=True)
        _give(user, person, main.email)


def _has_proven(address: Any, person: Any, email: str) -> bool:
    return address.objects.filter(user_id=person.pk, email=email, verified=True).exists()


def _give(user: Any, person: Any, email: str) -> None:
    """Set the main address. Somebody else who only named it gets this person's former one, which
    nobody can type or which that person still has proven: it opens nothing of theirs."""
    former = person.email
    holder = user.objects.filter(email=email).exclude(pk=person.pk).first()
    if holder:
        user.objects.filter(pk=holder.pk).update(email=f"{holder.sub}@moved.invalid")
    user.objects.filter(pk=person.pk).update(email=email)
    if holder:
        user.objects.filter(pk=holder.pk).update(email=former)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_deletion"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
