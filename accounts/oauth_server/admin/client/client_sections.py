"""Order the fields of a client on its page, by topic."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.admin.client import group_claims, logos, profile_fields

SECTIONS: Any = (
    (None, {"fields": ("name", "website", "kind", "client_type", "grant_types", "redirect_uris")}),
    logos.FIELDSET,
    (
        _("Scopes and consent"),
        {
            "fields": (
                *("scopes", "default_scopes", "required_scopes"),
                *("leaves_out_scopes", "skip_authorization"),
            )
        },
    ),
    (
        _("Access"),
        {"fields": ("is_restricted", "groups", "responsible_name", "responsible_email")},
    ),
    (
        _("Client authentication"),
        {"fields": ("token_endpoint_auth_method", "jwks", "jwks_uri", "pkce")},
    ),
    (
        _("Status"),
        {
            "fields": (
                ("is_active", "is_verified"),
                ("client_id", "software", "registered", "created"),
            )
        },
    ),
    (
        _("Further URIs"),
        {
            "classes": ("collapse",),
            "fields": (*("post_logout_redirect_uris", "allowed_origins", "initiate_login_uri"),),
        },
    ),
    (
        _("ID tokens and UserInfo"),
        {
            "classes": ("collapse",),
            "fields": (
                "claims_in_id_token",
                *("subject_type", "sector_identifier_uri"),
                *("algorithm", "userinfo_signed_response_alg"),
                *("default_max_age", "require_auth_time"),
            ),
        },
    ),
    group_claims.FIELDSET,
    profile_fields.FIELDSET,
    (
        _("Lifetimes"),
        {
            "classes": ("collapse",),
            "description": _("They hold for tokens that are issued from now on."),
            "fields": (
                *("access_token_minutes", "id_token_minutes"),
                *("refresh_token_idle_days", "refresh_token_max_days"),
            ),
        },
    ),
    (
        _("Logout"),
        {
            "classes": ("collapse",),
            "fields": ("backchannel_logout_uri", "backchannel_logout_session_required"),
        },
    ),
)
