"""Name the buttons of third parties."""

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from django import template
from django.utils.translation import gettext as _

from accounts.site.provider_names import in_order

register = template.Library()

# Those whose published rules know no "Continue with": Microsoft's, LinkedIn's and Amazon's.
_SIGN_IN_WITH = {"microsoft", "linkedin_oauth2"}
_LOGIN_WITH = {"amazon"}


@register.simple_tag(takes_context=True)
def offered_providers(context: Any) -> list[Any]:
    """Return the third parties that people are offered, in the order of their buttons."""
    found = get_adapter().list_providers(context["request"])
    return in_order(each for each in found if not (each.app and each.app.settings.get("hidden")))


@register.filter
def as_button(provider: Any) -> str:
    """Return the text of the button that signs in with `provider`, as that wants to be named."""
    if provider.id in _SIGN_IN_WITH:
        return _("Sign in with %(provider)s") % {"provider": provider.name}
    if provider.id in _LOGIN_WITH:
        return _("Log in with %(provider)s") % {"provider": provider.name}
    return _("Continue with %(provider)s") % {"provider": provider.name}
