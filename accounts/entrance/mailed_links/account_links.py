"""Mail somebody, for an admin, a link that leads into their account once: to set it up, or to come
back to it.

It proves what a mailed code proves, that they read the address's mail, and no more: whoever has a
second factor is asked for it. It is mailed to an address of the account alone; no admin sees it.
"""

from datetime import timedelta
from urllib.parse import urlencode

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation

from accounts.entrance.mailed_links.opened_links import OpenedLink
from accounts.mail import delivery, letter
from accounts.models import User
from accounts.models.account_link import LIFETIME, SET_UP_LIFETIME, AccountLink
from accounts.site.language import language_of

opened = OpenedLink("account_link", AccountLink.objects.open)


def address_for(person: User) -> str:
    """Return where a link for `person` would go; "" where no address opens their account."""
    proven = EmailAddress.objects.filter(user=person, verified=True)
    known = (person.email, *proven.order_by("-primary", "pk").values_list("email", flat=True))
    return next((each for each in known if User.objects.owning(each) == person), "")


def is_first(person: User) -> bool:
    """Return whether nobody has been in the account yet."""
    return person.last_login is None


def lasts(person: User) -> timedelta:
    return SET_UP_LIFETIME if is_first(person) else LIFETIME


def send(pk: int) -> str:
    """Mail the person a new link, and return the address; "" where there is none, or they are
    inactive. Mailed once it is committed."""
    with transaction.atomic():
        person = User.objects.lock(pk)
        email = address_for(person) if person else ""
        if person is None or not email:
            return ""
        link = AccountLink.objects.filter(user=person).first() or AccountLink(user=person)
        link.email = email
        token = link.renew(is_first=is_first(person))
        link.save()
        transaction.on_commit(lambda: _mail(person, email, token), robust=True)
    return email


def of(request: HttpRequest) -> AccountLink | None:
    """Return the link that was opened in this browser, if it is still good."""
    return _good(opened.digest(request))


def use(request: HttpRequest) -> AccountLink | None:
    """Use the link up, and return it; None where it was used, replaced or is too old by now."""
    digest = opened.digest(request)
    opened.forget(request)
    with transaction.atomic():
        link = _good(digest)
        used = link is not None and AccountLink.objects.filter(pk=link.pk, digest=digest).delete()
        return link if used and used[0] else None


def _good(digest: str) -> AccountLink | None:
    """Return the link with `digest`, as long as its address is one that opens the account."""
    if not digest:
        return None
    link = AccountLink.objects.open().select_related("user").filter(digest=digest).first()
    return link if link and User.objects.owning(link.email) == link.user else None


def _mail(person: User, email: str, token: str) -> None:
    language = language_of(person, is_asking=False)
    context = {
        "link": f"{settings.SITE_URL}{reverse('account_link')}?{urlencode({'token': token})}",
        "is_first": is_first(person),
    }
    with translation.override(language):
        message = letter.write("mail/account_link", email, language, context)
    delivery.post(message, "account_link")
