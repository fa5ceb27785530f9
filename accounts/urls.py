"""Route the addresses of a person's account. Signing in itself is allauth's, under /accounts/."""

from django.urls import include, path
from django.views.generic import RedirectView

from accounts.account_pages import (
    activity,
    apps,
    connections,
    deletion,
    email_addresses,
    export,
    invitations,
    overview,
    personal_tokens,
    profile,
    sessions,
    sign_in_methods,
    signing_out,
)
from accounts.developers import problems
from accounts.entrance import pages as entrance
from accounts.entrance import reauthentication
from accounts.entrance.mailed_links import account_link_pages, invitation_pages
from accounts.entrance.signed_in_already import signed_in_already
from accounts.second_factors import pages as factors
from accounts.site import branding, language, well_known
from accounts.third_parties.reauthentication import by_third_party

# allauth looks for its own pages at these addresses; ours answer there.
_to_methods = RedirectView.as_view(pattern_name="account_methods")

urlpatterns = [
    path("", overview.home, name="home"),
    path("brand/style.css", branding.style, name="brand_style"),
    path("brand/logo", branding.logo, name="brand_logo"),
    path(".well-known/change-password", well_known.change_password),
    path(".well-known/passkey-endpoints", well_known.passkey_endpoints),
    path(".well-known/security.txt", well_known.security_txt),
    path("developers/problems/", problems.problems, name="problems"),
    path("developers/problems/<slug:name>/", problems.problem, name="problem"),
    path("developers/", include("accounts.developers.urls")),
    path("language/", language.choose, name="choose_language"),
    path("accounts/login/", entrance.sign_in, name="account_login"),
    path("accounts/invitation/", invitation_pages.invitation, name="invitation"),
    path("accounts/link/", account_link_pages.account_link, name="account_link"),
    path("accounts/signup/", entrance.sign_up, name="account_signup"),
    path("accounts/login/already/", signed_in_already, name="signed_in_already"),
    path("accounts/login/code/", entrance.request_code, name="account_request_login_code"),
    path("accounts/login/code/confirm/", entrance.confirm_code, name="account_confirm_login_code"),
    path(
        "accounts/confirm-email/",
        entrance.confirm_address,
        name="account_email_verification_sent",
    ),
    path("accounts/email/", email_addresses.account_email, name="account_email"),
    path("accounts/password/reset/", entrance.reset_password, name="account_reset_password"),
    path(
        "accounts/password/reset/confirm/",
        entrance.confirm_reset,
        name="account_confirm_password_reset_code",
    ),
    path(
        "accounts/password/reset/complete/",
        entrance.complete_reset,
        name="account_complete_password_reset",
    ),
    path(
        "accounts/password/reset/done/",
        entrance.reset_done,
        name="account_password_reset_completed",
    ),
    path("accounts/3rdparty/", connections.connections, name="socialaccount_connections"),
    path("accounts/3rdparty/signup/", entrance.third_party_sign_up, name="socialaccount_signup"),
    path(
        "accounts/3rdparty/login/cancelled/",
        entrance.third_party_cancelled,
        name="socialaccount_login_cancelled",
    ),
    path("accounts/reauthenticate/code/", reauthentication.by_code, name="reauthenticate_by_code"),
    path(
        "accounts/reauthenticate/third-party/<int:pk>/",
        by_third_party,
        name="reauthenticate_by_third_party",
    ),
    path("accounts/reauthenticate/done/", reauthentication.reauthenticated, name="reauthenticated"),
    path("account/", overview.account_home, name="account_home"),
    path("account/profile/", profile.account_profile, name="account_profile"),
    path("account/sessions/", sessions.sessions, name="account_sessions"),
    path("account/sessions/end-others/", sessions.end_other_sessions, name="end_other_sessions"),
    path("account/sessions/<str:sid>/end/", sessions.end_session, name="end_session"),
    path("account/apps/", apps.apps, name="account_apps"),
    path("account/apps/agents/remove/", apps.remove_agents, name="remove_agents"),
    path("account/apps/<int:pk>/", apps.app, name="account_app"),
    path("account/apps/<int:pk>/remove/", apps.remove_app, name="remove_app"),
    path("account/tokens/", personal_tokens.account_tokens, name="account_tokens"),
    path("account/tokens/new/", personal_tokens.account_token_new, name="account_token_new"),
    path(
        "account/tokens/<int:pk>/revoke/",
        personal_tokens.account_token_revoke,
        name="account_token_revoke",
    ),
    path("account/invitations/", invitations.account_invitations, name="account_invitations"),
    path(
        "account/invitations/<int:pk>/send/",
        invitations.account_invitation_send,
        name="account_invitation_send",
    ),
    path(
        "account/invitations/<int:pk>/withdraw/",
        invitations.account_invitation_withdraw,
        name="account_invitation_withdraw",
    ),
    path("account/export/", export.account_export, name="account_export"),
    path("account/delete/", deletion.account_deletion, name="account_deletion"),
    path("account/closed/", deletion.account_closed, name="account_closed"),
    path("account/activity/", activity.activity, name="account_activity"),
    path("account/activity/<int:pk>/not-me/", activity.not_me, name="account_not_me"),
    path(
        "account/sign-out-everywhere/", signing_out.sign_out_everywhere, name="sign_out_everywhere"
    ),
    path("account/methods/", sign_in_methods.methods, name="account_methods"),
    path("account/second-factor/", sign_in_methods.second_factor, name="second_factor"),
    path("accounts/password/set/", sign_in_methods.set_password, name="account_set_password"),
    path("accounts/2fa/", _to_methods, name="mfa_index"),
    path("accounts/2fa/authenticate/", factors.second_step, name="mfa_authenticate"),
    path("accounts/2fa/totp/activate/", sign_in_methods.set_up_app, name="mfa_activate_totp"),
    path("accounts/2fa/totp/deactivate/", sign_in_methods.remove_app, name="mfa_deactivate_totp"),
    path(
        "accounts/2fa/recovery-codes/",
        sign_in_methods.show_recovery_codes,
        name="mfa_view_recovery_codes",
    ),
    path(
        "accounts/2fa/recovery-codes/generate/",
        sign_in_methods.make_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("accounts/2fa/webauthn/", _to_methods, name="mfa_list_webauthn"),
    path(
        "accounts/2fa/webauthn/login/",
        factors.sign_in_with_passkey,
        name="mfa_login_webauthn",
    ),
    path(
        "accounts/2fa/webauthn/signup/",
        factors.sign_up_with_passkey,
        name="mfa_signup_webauthn",
    ),
    path(
        "accounts/2fa/webauthn/reauthenticate/",
        factors.confirm_with_passkey,
        name="mfa_reauthenticate_webauthn",
    ),
    path("accounts/2fa/webauthn/add/", sign_in_methods.add_passkey, name="mfa_add_webauthn"),
    path(
        "accounts/2fa/webauthn/keys/<int:pk>/edit/",
        sign_in_methods.rename_passkey,
        name="mfa_edit_webauthn",
    ),
    path(
        "accounts/2fa/webauthn/keys/<int:pk>/remove/",
        sign_in_methods.remove_passkey,
        name="mfa_remove_webauthn",
    ),
]
