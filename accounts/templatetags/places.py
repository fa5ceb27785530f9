"""Show where a network address is, for people to recognise their own."""

from django import template

from accounts.network import places

register = template.Library()


@register.filter
def place(address: str) -> str:
    """Return such as "Berlin, Germany", "" where it is not known."""
    return places.place(address)
