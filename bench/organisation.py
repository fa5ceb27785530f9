"""Make the rows of an organisation of 200,000 people, skewed as in life, for what admins ask of it.

Half of all tokens are one app's, everybody uses that app, one person has 10,000 events, one sign-in
in four fails, one group holds half of the people, and one address many of the events.
"""

PEOPLE, TOKENS, AUTHORIZATIONS, EVENTS = 200_000, 1_000_000, 1_000_000, 1_000_000
CLIENTS, GROUPS = 300, 8
BUSY = 1  # the number of the person and of the client with the most
BUSY_GROUP = 101  # behind those that are roles

NAMED = {
    "oauth_server.Client": [
        {"pk": each, "name": f"App {each}", "client_id": f"client-{each}"}
        for each in range(1, CLIENTS + 1)
    ],
    "auth.Group": [{"pk": BUSY_GROUP + each, "name": f"Team {each + 1}"} for each in range(GROUPS)],
}

# `n` counts from 1. Each person allowed the busy client and four others.
_PERSON = f"((n - 1) % {PEOPLE} + 1)"
_ROUND = f"((n - 1) / {PEOPLE})"
_OTHER = f"(2 + ({{person}} * 7 + {{round}} * 61) % {CLIENTS - 1})"
_ALLOWED = (
    f"CASE {_ROUND} WHEN 0 THEN {BUSY} ELSE {_OTHER.format(person=_PERSON, round=_ROUND)} END"
)
_SCOPE = "'openid profile email offline_access'"

_FIRST = "(ARRAY['Anna','Bilal','Chiara','David','Elif','Fatima','Georg','Hanna','Ivan','Jamila'])"
_LAST = (
    "(ARRAY['Müller','Schmidt','Yilmaz','Rossi','Nowak','Haddad','Larsen','Okafor','Tanaka','Silva',"
    "'Weber','Fischer','Kaya','Bianchi','Kowalski','Mansour','Hansen','Adeyemi','Sato','Costa'])"
)
_SPELT = (
    "(ARRAY['mueller','schmidt','yilmaz','rossi','nowak','haddad','larsen','okafor','tanaka','silva',"
    "'weber','fischer','kaya','bianchi','kowalski','mansour','hansen','adeyemi','sato','costa'])"
)
_NAME = f"{_FIRST}[n % 10 + 1] || ' ' || {_LAST}[n / 10 % 20 + 1] || ' ' || n"
_ADDRESS = (
    f"lower({_FIRST}[n % 10 + 1]) || '.' || {_SPELT}[n / 10 % 20 + 1] || n || "
    "CASE WHEN n % 4 = 0 THEN '@example.com' ELSE '@example.org' END"
)
_IP = "CASE WHEN n % 3 = 0 THEN '192.0.2.1' ELSE '198.51.100.' || n % 250 END"
_AGENT = "'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0'"

# Of tokens every second one is the busy client's, and one in a thousand the busy person's.
_HOLDER = f"CASE WHEN n % 1000 = 7 THEN {BUSY} ELSE {_PERSON} END"
_NTH = "(n / 2 % 4 + 1)"
_OF = f"CASE WHEN n % 2 = 0 THEN {BUSY} ELSE {_OTHER.format(person=f'({_HOLDER})', round=_NTH)} END"
_TOKEN = {
    "user_id": _HOLDER,
    "application_id": _OF,
    "authorization_id": f"CASE WHEN n % 2 = 0 THEN 0 ELSE {_NTH} * {PEOPLE} END + {_HOLDER}",
    "scope": _SCOPE,
    "sid": f"md5('sid' || {_PERSON})",
    "amr": "'pwd'",
    "auth_time": "now()",
    "created": "now() - interval '1 hour' * (n % 24)",
    "expires": "now() + CASE n % 50 WHEN 0 THEN -interval '1 hour' ELSE interval '1 day' END",
}


def _digest(kind: str) -> str:
    return f"encode(sha256(convert_to('{kind}' || n, 'UTF8')), 'hex')"


# What happens, of a thousand: signing in, of it a quarter in vain, codes and tokens; a little of
# all the rest.
_KIND = (
    "CASE WHEN n % 1000 < 400 THEN 'sign_in' WHEN n % 1000 < 600 THEN 'code_redeemed' "
    "WHEN n % 1000 < 950 THEN 'token_refreshed' WHEN n % 1000 < 980 THEN 'request_refused' "
    "WHEN n % 1000 < 990 THEN 'client_refused' WHEN n % 1000 < 998 THEN 'password_changed' "
    "WHEN n % 100000 = 998 THEN 'second_factors_reset' ELSE 'admin_person' END"
)
_FAILED = "n % 1000 < 100 OR n % 1000 BETWEEN 950 AND 989"
_BY_CLIENT = "n % 1000 BETWEEN 400 AND 989"
_WHOM = f"CASE WHEN n % 100 = 7 THEN {BUSY} ELSE {_PERSON} END"
_APP = f"CASE WHEN n % 2 = 0 THEN {BUSY} ELSE {_OTHER.format(person='n', round=1)} END"
_DETAILS = (
    "CASE WHEN n % 1000 BETWEEN 950 AND 979 THEN jsonb_build_object('parameter', 'redirect_uri', "
    "'sent', 'https://app.example.org/back/' || n % 40) "
    "WHEN n % 1000 < 100 THEN jsonb_build_object('reason', 'password') ELSE '{}'::jsonb END"
)

ROWS: tuple[tuple[str, int, dict[str, str]], ...] = (
    (
        "accounts.User",
        PEOPLE,
        {
            "sub": "md5('sub' || n)",
            "email": _ADDRESS,
            "name": _NAME,
            "password": "'!' || md5('password' || n)",
            "is_active": "n % 500 <> 3",
            "is_staff": "n % 20000 = 9",
            "date_joined": "now() - interval '1 minute' * n",
            "last_login": "CASE WHEN n % 5 = 0 THEN NULL ELSE now() - interval '1 second' * n END",
            "updated_at": "now()",
        },
    ),
    (
        "account.EmailAddress",
        PEOPLE,
        {"user_id": "n", "email": _ADDRESS, "verified": "true", '"primary"': "true"},
    ),
    (
        "accounts.Membership",
        PEOPLE,
        {
            "user_id": "n",
            "group_id": f"{BUSY_GROUP} + CASE WHEN n % 2 = 0 THEN 0 ELSE 1 + n % {GROUPS - 1} END",
        },
    ),
    (
        "accounts.Session",
        PEOPLE // 2,
        {
            "session_key": "substr(" + _digest("session") + ", 1, 40)",
            "session_data": "''",
            "sid": "md5('sid' || n)",
            "user_id": f"CASE WHEN n % 10000 = 7 THEN {BUSY} ELSE n END",
            "started": "now() - interval '1 day'",
            "last_seen": "now() - interval '1 hour'",
            "expire_date": "now() + interval '10 days'",
            "user_agent": _AGENT,
            "address": _IP,
        },
    ),
    (
        "socialaccount.SocialAccount",
        PEOPLE // 2,
        {
            "user_id": "n",
            "provider": "CASE WHEN n % 10 = 0 THEN 'github' ELSE 'google' END",
            "uid": "100000000 + n",
            "date_joined": "now() - interval '1 minute' * n",
            "last_login": "now()",
        },
    ),
    (
        "accounts.Invitation",
        5_000,
        {
            "email": "'guest' || n || '@example.net'",
            "digest": _digest("invitation"),
            "is_by_person": "n % 3 = 0",
            "made_by_id": f"CASE WHEN n % 3 = 0 THEN n ELSE {BUSY} END",
            "sent_at": "now() - interval '1 hour' * n",
            "made_at": "now() - interval '1 hour' * n",
            "expires": "now() - interval '1 hour' * n + interval '7 days'",
        },
    ),
    (
        "oauth_server.Authorization",
        AUTHORIZATIONS,
        {
            "user_id": _PERSON,
            "client_id": _ALLOWED,
            "scope": _SCOPE,
            "created": "now() - interval '1 minute' * (n % 500000)",
            "last_used": "now() - interval '1 second' * n",
            "last_address": _IP,
        },
    ),
    (
        "oauth_server.AccessToken",
        TOKENS,
        _TOKEN | {"token_checksum": _digest("access"), "family": "md5('family' || n)::uuid"},
    ),
    (
        "oauth_server.RefreshToken",
        PEOPLE,
        _TOKEN
        | {
            "token_checksum": _digest("refresh"),
            "token_family": "md5('family' || n)::uuid",
            "family_expires": "now() + interval '300 days'",
        },
    ),
    (
        "oauth_server.PersonalToken",
        20_000,
        {
            "user_id": "n",
            "name": "'Script ' || n",
            "digest": _digest("personal"),
            "scope": "'profile'",
            "created": "now() - interval '1 hour' * n",
            "last_used": "now()",
        },
    ),
    (
        "accounts.SecurityEvent",
        EVENTS,
        {
            # The oldest ones are a little older than they are kept.
            "at": f"now() - interval '366 days' * ({EVENTS} - n) / {EVENTS}",
            "user_id": f"CASE WHEN n % 1000 BETWEEN 950 AND 989 THEN NULL ELSE {_WHOM} END",
            "sub": f"CASE WHEN n % 1000 BETWEEN 950 AND 989 THEN '' ELSE md5('sub' || {_WHOM}) END",
            "client_id": f"CASE WHEN {_BY_CLIENT} THEN {_APP} END",
            "client_public_id": f"CASE WHEN {_BY_CLIENT} THEN 'client-' || {_APP} ELSE '' END",
            "request_id": "md5('request' || n)::uuid::text",
            "address": _IP,
            "user_agent": _AGENT,
            "kind": _KIND,
            "outcome": f"CASE WHEN {_FAILED} THEN 'failed' ELSE 'succeeded' END",
            "actor": "CASE WHEN n % 1000 >= 998 THEN 'admin' WHEN n % 1000 BETWEEN 950 AND 989 "
            "THEN 'client' ELSE 'person' END",
            "details": _DETAILS,
        },
    ),
)
