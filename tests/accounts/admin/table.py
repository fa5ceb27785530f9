"""What each permission of Django admin gives: the one table, which docs/security.md tells too.

By the label of a model: who may view, add, change and delete its rows in admin. `GIVEN`: whoever
has Django's permission of that name, but no rows of staff; to change a row is to view it, too.
"""

from typing import NamedTuple

GIVEN, SUPERUSER, NOBODY = "given", "superuser", "nobody"

ACTIONS = ("view", "add", "change", "delete")


class Page(NamedTuple):
    view: str
    add: str
    change: str
    delete: str
    inlines: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()  # bulk actions, beside the deletion of what was chosen
    views: tuple[str, ...] = ()  # the names of further addresses
    whose: str = ""  # the field that leads to the person

    def gives(self, action: str) -> str:
        return str(getattr(self, action))


# What is done to a person, who may be changed: each at its address behind theirs.
ACTS = {
    "end_sessions": "sessions/end/",
    "end_session": "sessions/0/end/",
    "end_agents": "agents/end/",
    "deactivate": "deactivate/",
    "reactivate": "reactivate/",
    "require_second_step": "second-factors/require/",
    "release_second_step": "second-factors/release/",
    "send_link": "link/",
}

_OF_A_PERSON = {"view": GIVEN, "add": NOBODY, "change": NOBODY, "delete": GIVEN, "whose": "user"}
_ALONE = {"view": SUPERUSER, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER}

PAGES = {
    "accounts.User": Page(
        *(GIVEN, GIVEN, GIVEN, GIVEN),
        inlines=("account.EmailAddress", "mfa.Authenticator"),
        views=("reset_second_factors", *ACTS),
        whose="pk",
    ),
    "socialaccount.SocialAccount": Page(**_OF_A_PERSON),
    "oauth_server.Authorization": Page(**_OF_A_PERSON),
    "oauth_server.AccessToken": Page(**_OF_A_PERSON),
    "oauth_server.RefreshToken": Page(**_OF_A_PERSON),
    "oauth_server.AuthorizationCode": Page(**_OF_A_PERSON),
    "oauth_server.PersonalToken": Page(**_OF_A_PERSON),
    "accounts.SecurityEvent": Page(
        *(GIVEN, NOBODY, NOBODY, NOBODY), views=("export_events",), whose="user"
    ),
    "oauth_server.Client": Page(
        *(GIVEN, GIVEN, GIVEN, GIVEN),
        inlines=("oauth_server.ClientSecret", "oauth_server.GroupValue"),
        actions=("verify", "fetch_logo"),
        views=tuple(
            f"oauth_server_client_{name}"
            for name in (
                *("secret", "preview", "connect", "redirect-uri"),
                *("recorder", "recorded-request", "try", "try-callback"),
                *("disable", "reactivate"),
            )
        ),
    ),
    "oauth_server.InitialAccessToken": Page(GIVEN, GIVEN, NOBODY, GIVEN),
    "oauth_server.CrossAppPolicy": Page(**_ALONE),
    "oauth_server.ExchangePolicy": Page(**_ALONE),
    "oauth_server.BlockedHost": Page(GIVEN, GIVEN, NOBODY, GIVEN),
    "oauth_server.ProtectedResource": Page(**_ALONE),
    "oauth_server.SigningKey": Page(
        *(GIVEN, NOBODY, NOBODY, NOBODY),
        actions=("rotate", "replace"),
        views=("oauth_server_signingkey_receipt",),
    ),
    "socialaccount.SocialApp": Page(
        GIVEN, SUPERUSER, GIVEN, GIVEN, views=("socialaccount_socialapp_status",)
    ),
    "auth.Group": Page(**_ALONE, inlines=("accounts.GroupRule",)),
    "accounts.Webhook": Page(
        *(SUPERUSER, SUPERUSER, SUPERUSER, SUPERUSER),
        actions=("send_test",),
        views=tuple(f"accounts_webhook_{name}" for name in ("secret", "new-secret", "test")),
    ),
    "accounts.WebhookDelivery": Page(SUPERUSER, NOBODY, NOBODY, NOBODY, actions=("send_again",)),
    "accounts.Invitation": Page(GIVEN, GIVEN, NOBODY, GIVEN, actions=("send_again", "withdraw")),
    "django_tasks_database.DBTaskResult": Page(SUPERUSER, NOBODY, NOBODY, NOBODY),
    "oauth_server.IDToken": Page(SUPERUSER, NOBODY, NOBODY, SUPERUSER, whose="user"),
}

# Of those, what stands on the page of another row.
INLINES = {
    "account.EmailAddress": Page(GIVEN, GIVEN, GIVEN, GIVEN),
    "accounts.GroupRule": Page(**_ALONE),
    "oauth_server.ClientSecret": Page(GIVEN, NOBODY, NOBODY, GIVEN),
    "oauth_server.GroupValue": Page(**_ALONE),
    # For whoever may view the person.
    "mfa.Authenticator": Page(GIVEN, NOBODY, NOBODY, NOBODY),
}
