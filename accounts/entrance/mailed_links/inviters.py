"""Name who invites, in a mail that a stranger reads.

What people call themselves is their own choice: a sentence, a link or the name of a bank would make
of the site's own mail a lure (phishing). So a name is said where it is short, holds letters and
nothing else, and looks like no name that people trust; the address, which was proven, is always
said.
"""

import regex
from django.conf import settings

from accounts.models import User
from accounts.security_events.mail import proven_addresses
from accounts.site.provider_names import provider_names
from accounts.text import display_names
from accounts.text.email_addresses import readable

_LONGEST = 40  # characters
# Up to four words of letters. A full stop ends a word, so that no mail program sees a link.
_A_NAME = regex.compile(r"\p{L}[\p{L}\p{M}'’-]*\.?(?: \p{L}[\p{L}\p{M}'’-]*\.?){0,3}")


def proven_address(person: User) -> str:
    """Return the address by which `person` is named, "" where none of theirs was proven."""
    return next(iter(proven_addresses(person)), "")


def named(person: User) -> str:
    """Return `person` as those read it whom they invite."""
    address = readable(proven_address(person))
    return f"{person.name} ({address})" if may_be_said(person.name) else address


def may_be_said(name: str) -> bool:
    """Return whether a name that somebody gave themselves is fit for a stranger's eyes."""
    if len(name) > _LONGEST or not _A_NAME.fullmatch(name):
        return False
    if display_names.problems(name) or display_names.mixes_scripts(name):
        return False
    look = display_names.skeleton(name)
    trusted = (settings.SITE_NAME, *provider_names().values(), *display_names.WELL_KNOWN)
    return not any(display_names.contains(look, display_names.skeleton(each)) for each in trusted)
