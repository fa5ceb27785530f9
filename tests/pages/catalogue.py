"""Every page of the site, in every state worth a look. A new page gets its entries here.

An entry is one `State`; addresses that show no page stand in NOT_PAGES with the reason. A test
holds both against the URLconf.
"""

from tests.pages.cast import PASSWORD
from tests.pages.situations import (
    FOR_THE_ALBUM,
    WRONG_CODE,
    apps_searched,
    asking_for_more,
    authorize,
    closed,
    device,
    devices_with_places,
    fault_of_ours,
    first_app,
    last_way_in,
    left_over,
    look_alike,
    many_apps,
    not_me,
    not_understood,
    of_the_stranger,
    old_reset_code,
    own_third_party,
    protected,
    switched_off,
    told_by_third_party,
    too_often,
    with_second_factor,
)
from tests.pages.state import ALICE, BOB, State, code_in_session, send

ENTRANCE = [
    State("sign in", "account_login"),
    State("sign in for an app", "account_login", at=FOR_THE_ALBUM),
    State("sign in, nothing filled in", "account_login", then=(send(login="", password=""),)),
    State(
        "sign in, wrong password",
        "account_login",
        then=(send(login="alice@example.com", password="wrong"),),
    ),
    State("sign up", "account_signup"),
    State("sign up, nothing filled in", "account_signup", then=(send(email="", password1=""),)),
    State("sign up, refused", "account_signup", then=(send(email="alice", password1="short"),)),
    State(
        "sign up, code sent",
        "account_email_verification_sent",
        at="/accounts/signup/",
        then=(send(email="carol@example.com", password1=PASSWORD),),
    ),
    State(
        "sign up, wrong code",
        "account_email_verification_sent",
        at="/accounts/signup/",
        then=(send(email="carol@example.com", password1=PASSWORD), send(code=WRONG_CODE)),
    ),
    State("code by mail", "account_request_login_code"),
    State("code by mail, refused", "account_request_login_code", then=(send(email="alice"),)),
    State(
        "code by mail, sent",
        "account_confirm_login_code",
        at="/accounts/login/code/",
        then=(send(email="alice@example.com"),),
    ),
    State(
        "code by mail, wrong",
        "account_confirm_login_code",
        at="/accounts/login/code/",
        then=(send(email="alice@example.com"), send(code=WRONG_CODE)),
    ),
    State("reset password", "account_reset_password"),
    State("reset password, refused", "account_reset_password", then=(send(email="alice"),)),
    State(
        "reset password, code sent",
        "account_confirm_password_reset_code",
        at="/accounts/password/reset/",
        then=(send(email="alice@example.com"),),
    ),
    State(
        "reset password, wrong code",
        "account_confirm_password_reset_code",
        at="/accounts/password/reset/",
        then=(send(email="alice@example.com"), send(code=WRONG_CODE)),
    ),
    State(
        "reset password, choose a new one",
        "account_complete_password_reset",
        at="/accounts/password/reset/",
        then=(send(email="alice@example.com"), send(code=code_in_session)),
    ),
    State(
        "reset password, choose a new one, refused",
        "account_complete_password_reset",
        at="/accounts/password/reset/",
        then=(
            send(email="alice@example.com"),
            send(code=code_in_session),
            send(password1="short"),
        ),
    ),
    State("reset password, done", "account_password_reset_completed"),
    State(
        "sign up, code mistyped too often",
        "account_email_verification_sent",
        at="/accounts/signup/",
        then=(
            send(email="carol@example.com", password1=PASSWORD),
            *(send(code=WRONG_CODE) for _ in range(3)),
        ),
    ),
    State(
        "code by mail, mistyped too often",
        "account_confirm_login_code",
        at="/accounts/login/code/",
        then=(send(email="alice@example.com"), *(send(code=WRONG_CODE) for _ in range(3))),
    ),
    State("code by mail, begun anew elsewhere", "account_confirm_login_code", kept=left_over),
    State(
        "reset password, code too old", "account_confirm_password_reset_code", kept=old_reset_code
    ),
    State(
        "sign in, switched off",
        "account_inactive",
        at=switched_off,
        then=(send(login="alice@example.com", password=PASSWORD),),
    ),
    State("third party", "openid_connect_login", at="/accounts/oidc/example/login/"),
    State("third party, sign up", "socialaccount_signup", kept=told_by_third_party),
    State(
        "third party, sign up, refused",
        "socialaccount_signup",
        kept=told_by_third_party,
        then=(send(email="carol"),),
    ),
    State("third party, cancelled", "socialaccount_login_cancelled"),
    State("third party, error", "socialaccount_login_error", status=401),
]

ACCOUNT = [
    State("account", "account_home", ALICE),
    State("account, empty", "account_home", BOB),
    State("profile", "account_profile", ALICE),
    State("profile, empty", "account_profile", BOB),
    State("profile, refused", "account_profile", ALICE, then=(send(birthdate="soon", name="x"),)),
    State("one app", "account_app", ALICE, at=first_app),
    State("this was not me", "account_not_me", ALICE, at=not_me),
    State("export", "account_export", ALICE),
    State("delete account", "account_deletion", ALICE),
    State("delete account, refused", "account_deletion", ALICE, then=(send(email="bob"),)),
    State(
        "account closed",
        "account_closed",
        at=closed,
        then=(send(login="alice@example.com", password=PASSWORD),),
    ),
    State("sessions", "account_sessions", ALICE),
    State("sessions, with places", "", at="/nowhere/", drawn=devices_with_places),
    State("apps", "account_apps", ALICE),
    State("apps, none", "account_apps", BOB),
    State("apps, many", "account_apps", ALICE, at=many_apps),
    State("apps, found", "account_apps", ALICE, at=apps_searched("app 7")),
    State("apps, not found", "account_apps", ALICE, at=apps_searched("album")),
    State("personal tokens", "account_tokens", ALICE),
    State("personal tokens, none", "account_tokens", BOB),
    State("new personal token", "account_token_new", ALICE),
    State("new personal token, refused", "account_token_new", ALICE, then=(send(name=""),)),
    State(
        "new personal token, name too long",
        "account_token_new",
        ALICE,
        then=(send(name="x" * 101, scopes="x"),),
    ),
    State(
        "new personal token, made",
        "account_token_new",
        ALICE,
        then=(send(name="backup", scopes="x"),),
    ),
    State("activity", "account_activity", ALICE),
    State("activity, second page", "account_activity", ALICE, at="?page=2"),
    State("activity, empty", "account_activity", BOB, at="?group=apps"),
    State("activity, found", "account_activity", ALICE, at="?q=passkey&group=account"),
    State("activity, not found", "account_activity", ALICE, at="?q=nothing+of+the+kind"),
    State("activity, refused", "account_activity", ALICE, at=f"?q={'word+' * 21}"),
    State("sign out everywhere", "sign_out_everywhere", ALICE),
    State("e-mail addresses", "account_email", ALICE),
    State("e-mail addresses, one", "account_email", BOB),
    State(
        "e-mail addresses, refused",
        "account_email",
        ALICE,
        then=(send("[name=action_add]", email="alice"),),
    ),
    State("change password", "account_change_password", ALICE),
    State(
        "change password, nothing filled in",
        "account_change_password",
        ALICE,
        then=(send(oldpassword="", password1=""),),
    ),
    State(
        "change password, refused",
        "account_change_password",
        ALICE,
        then=(send(oldpassword="wrong", password1="short"),),
    ),
    State("set password", "account_set_password", BOB),
    State("set password, refused", "account_set_password", BOB, then=(send(password1="short"),)),
    State("connections", "socialaccount_connections", ALICE),
    State("connections, empty", "socialaccount_connections", BOB),
    State("connections, last way in", "socialaccount_connections", BOB, at=last_way_in),
    State(
        "connect a third party",
        "openid_connect_login",
        ALICE,
        at="/accounts/oidc/example/login/?process=connect",
    ),
    State("confirm by code", "reauthenticate_by_code", BOB),
    State("confirm by third party", "reauthenticate_by_third_party", ALICE, at=own_third_party),
    State("confirm", "account_reauthenticate", ALICE),
    State("confirm, wrong", "account_reauthenticate", ALICE, then=(send(password="wrong"),)),
    State("sign out", "account_logout", ALICE),
]

_PASSWORD_GIVEN = send(login="alice@example.com", password=PASSWORD)

SECOND_FACTORS = [
    State("methods", "account_methods", ALICE),
    State("methods, all there are", "account_methods", ALICE, at=protected("account_methods")),
    State("methods, none", "account_methods", BOB),
    State("add authenticator app", "mfa_activate_totp", ALICE),
    State(
        "add authenticator app, wrong code", "mfa_activate_totp", ALICE, then=(send(code="000000"),)
    ),
    *(
        State(name, page, ALICE, at=protected(page))
        for name, page in {
            "remove authenticator app": "mfa_deactivate_totp",
            "rename passkey": "mfa_edit_webauthn",
            "remove passkey": "mfa_remove_webauthn",
            "recovery codes": "mfa_view_recovery_codes",
            "new recovery codes": "mfa_generate_recovery_codes",
            "confirm with a code": "mfa_reauthenticate",
            "confirm with a passkey": "mfa_reauthenticate_webauthn",
        }.items()
    ),
    State("add passkey", "mfa_add_webauthn", ALICE),
    State("sign up with a passkey", "account_signup_by_passkey"),
    State(
        "sign up with a passkey, make it",
        "mfa_signup_webauthn",
        at="/accounts/signup/passkey/",
        then=(send(email="carol@example.com"), send(code=code_in_session)),
    ),
    State("second factor, demanded", "second_factor", BOB, at=with_second_factor),
    State(
        "second step", "mfa_authenticate", at=protected("account_login"), then=(_PASSWORD_GIVEN,)
    ),
    State(
        "second step, wrong code",
        "mfa_authenticate",
        at=protected("account_login"),
        then=(_PASSWORD_GIVEN, send(code="000000")),
    ),
]

OAUTH = [
    State("consent", "oauth_server:authorize", ALICE, at=authorize("album")),
    State("consent, app unchecked", "oauth_server:authorize", BOB, at=of_the_stranger),
    State("consent, look-alike", "oauth_server:authorize", ALICE, at=look_alike),
    State("consent, asking for more", "oauth_server:authorize", ALICE, at=asking_for_more),
    State(
        "choose account",
        "oauth_server:authorize",
        ALICE,
        at=authorize("album", prompt="select_account"),
    ),
    State("app unknown", "oauth_server:authorize", at=authorize("nobody"), status=400),
    State("device", "oauth_server:device", ALICE),
    State("device, no code", "oauth_server:device", ALICE, then=(send(user_code=""),), status=400),
    State(
        "device, unknown code",
        "oauth_server:device",
        ALICE,
        then=(send(user_code="BCDF-GHJK"),),
        status=400,
    ),
    State("device, consent", "oauth_server:device", ALICE, at=device, then=(send("main .button"),)),
    State(
        "device, allowed",
        "oauth_server:device-decide",
        ALICE,
        at=device,
        then=(send("main .button"), send("[value=allow]")),
    ),
    State(
        "device, refused",
        "oauth_server:device-decide",
        ALICE,
        at=device,
        then=(send("main .button"), send("[value=deny]")),
    ),
    State("app asks to sign out", "oauth_server:logout", ALICE, at="?client_id=album"),
    State("app asks to sign out, refused", "oauth_server:logout", at="?client_id=no", status=400),
    State("app signed out", "oauth_server:logout"),
]

ERRORS = [
    State("not found", "", at="/nowhere/", status=404),
    State("not open to you", "admin:login", ALICE, at="/admin/", status=403),
    State("not understood", "", at="/nowhere/", status=400, drawn=not_understood),
    State("too often", "", at="/nowhere/", status=429, drawn=too_often),
    State("a fault of ours", "", at="/nowhere/", status=500, drawn=fault_of_ours),
]

STATES = [*ENTRANCE, *ACCOUNT, *SECOND_FACTORS, *OAUTH, *ERRORS]

_FOR_PROGRAMS = "answers programs"

NOT_PAGES = {
    "home": "only leads on",
    "brand_style": "a style sheet",
    "brand_logo": "a picture",
    "mfa_download_recovery_codes": "a file",
    "mfa_login_webauthn": "answers the script that asks for a passkey",
    "reauthenticated": "only leads on",
    "mfa_index": "only leads on",
    "mfa_list_webauthn": "only leads on",
    "choose_language": "takes a form and leads back",
    "end_session": "takes a form and leads back to the sessions",
    "end_other_sessions": "takes a form and leads back to the sessions",
    "account_token_revoke": "takes a form and leads back to the tokens",
    "remove_app": "takes a form and leads back to the account",
    "oauth_server:decide": "takes a form and leads back to the app",
    "oauth_server:logout-decide": "takes a form; shows what oauth_server:logout shows",
    "oauth_server:device-authorization": _FOR_PROGRAMS,
    "oauth_server:token": _FOR_PROGRAMS,
    "oauth_server:revoke": _FOR_PROGRAMS,
    "oauth_server:introspect": _FOR_PROGRAMS,
    "oauth_server:userinfo": _FOR_PROGRAMS,
    "oauth_server:register": _FOR_PROGRAMS,
    "oauth_server:registered-client": _FOR_PROGRAMS,
    "oauth_server:jwks": _FOR_PROGRAMS,
    "oauth_server:protected-resource": _FOR_PROGRAMS,
    ".well-known/": _FOR_PROGRAMS,
    "api/": _FOR_PROGRAMS,
    "accounts/social/": "old addresses of allauth's, which only lead on",
    "openid_connect_callback": "takes a third party's answer and leads on, or to the error page",
    "admin/": "Django's own pages",
}
