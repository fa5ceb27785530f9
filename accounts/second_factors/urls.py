"""The addresses of second factors. allauth's own, at which it looks for them, answer with ours."""

from django.urls import path
from django.views.generic import RedirectView

from accounts.account_pages import sign_in_methods
from accounts.second_factors import pages

to_methods = RedirectView.as_view(pattern_name="account_methods")

urlpatterns = [
    path("account/methods/", sign_in_methods.methods, name="account_methods"),
    path("account/second-factor/", sign_in_methods.second_factor, name="second_factor"),
    path("accounts/password/set/", sign_in_methods.set_password, name="account_set_password"),
    path("accounts/2fa/", to_methods, name="mfa_index"),
    path("accounts/2fa/authenticate/", pages.second_step, name="mfa_authenticate"),
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
    path("accounts/2fa/webauthn/", to_methods, name="mfa_list_webauthn"),
    path("accounts/2fa/webauthn/login/", pages.sign_in_with_passkey, name="mfa_login_webauthn"),
    path("accounts/2fa/webauthn/signup/", pages.sign_up_with_passkey, name="mfa_signup_webauthn"),
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
