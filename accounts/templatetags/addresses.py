"""Write e-mail addresses on pages: as people do, where they are stored as mail servers do."""

from django import template

from accounts.text import email_addresses

register = template.Library()


@register.filter
def readable(address: str) -> str:
    """Return an e-mail address with its domain in letters: `müller.example` for `xn--…`."""
    return email_addresses.readable(address)
