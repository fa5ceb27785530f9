"""Where allauth asks this site how signing in works here."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    pass


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    pass
