"""The addresses of second factors. allauth's own, at which it looks for them, answer with ours."""

from django.urls import path
from django.views.generic import RedirectView

from accounts.second_factors import entrance, management

to_methods = RedirectView.as_view(pattern_name="account_methods")

urlpatterns = [
    path("account/methods/", management.methods, name="account_methods"),
    path("account/second-factor/", management.second_factor, name="second_factor"),
    path("accounts/password/set/", management.set_password, name="account_set_password"),
    path("accounts/2fa/", to_methods, name="mfa_index"),
    path("accounts/2fa/authenticate/", entrance.second_step, name="mfa_authenticate"),
    path("accounts/2fa/totp/activate/", management.set_up_app, name="mfa_activate_totp"),
    path("accounts/2fa/totp/deactivate/", management.remove_app, name="mfa_deactivate_totp"),
    path(
        "accounts/2fa/recovery-codes/",
        management.show_recovery_codes,
        name="mfa_view_recovery_codes",
    ),
    path(
        "accounts/2fa/recovery-codes/generate/",
        management.make_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("accounts/2fa/webauthn/", to_methods, name="mfa_list_webauthn"),
    path("accounts/2fa/webauthn/login/", entrance.sign_in_with_passkey, name="mfa_login_webauthn"),
    path(
        "accounts/2fa/webauthn/signup/", entrance.sign_up_with_passkey, name="mfa_signup_webauthn"
    ),
    path("accounts/2fa/webauthn/add/", management.add_passkey, name="mfa_add_webauthn"),
    path(
        "accounts/2fa/webauthn/keys/<int:pk>/edit/",
        management.rename_passkey,
        name="mfa_edit_webauthn",
    ),
    path(
        "accounts/2fa/webauthn/keys/<int:pk>/remove/",
        management.remove_passkey,
        name="mfa_remove_webauthn",
    ),
]
