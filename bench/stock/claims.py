"""Add claims to ID tokens and userinfo, as django-oauth-toolkit's documentation does it."""

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator


class Validator(OAuth2Validator):
    oidc_claim_scope = None

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        return {"name": request.user.get_full_name(), "email": request.user.email}
