"""Name the buttons of third parties."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

register = template.Library()

# Those whose published rules know no "Continue with": Microsoft's, LinkedIn's and Amazon's.
_SIGN_IN_WITH = {"microsoft", "linkedin_oauth2"}
_LOGIN_WITH = {"amazon"}


@register.filter
def as_button(provider: Any) -> str:
    """Return the text of the button that signs in with `provider`, as that wants to be named."""
    if provider.id in _SIGN_IN_WITH:
        return _("Sign in with %(provider)s") % {"provider": provider.name}
    if provider.id in _LOGIN_WITH:
        return _("Log in with %(provider)s") % {"provider": provider.name}
    return _("Continue with %(provider)s") % {"provider": provider.name}
