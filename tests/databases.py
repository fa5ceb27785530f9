"""Which tests need no second run, on PostgreSQL, and why.

What runs there is what a database can change: locks and races, constraints, statements of our own,
searches, sums, migrations, deletes, what it keeps of letters, numbers, times and JSON; and each
endpoint and each page once.
"""

from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent

# Files and folders whose tests write and read rows as others do that run on both, and look at
# something else.
ONE_DATABASE = {
    "what pages and mails say, and where they lead; tests/test_pages.py opens each on both": """
        accounts/account_pages/test_account_page.py accounts/account_pages/test_apps.py
        accounts/account_pages/test_disconnecting.py accounts/account_pages/test_drafts.py
        accounts/account_pages/test_launcher.py accounts/account_pages/test_not_me.py
        accounts/account_pages/test_overview.py accounts/developers/walkthrough/test_seven_steps.py
        accounts/own_account/test_ways_in.py
        accounts/entrance/test_password_fields.py accounts/entrance/test_signed_in_already.py
        accounts/entrance/test_two_tabs.py accounts/mail/test_letter.py
        accounts/network/test_places.py
        accounts/security_events/test_account.py accounts/security_events/test_apps.py
        accounts/security_events/test_mail.py accounts/security_events/test_sign_in.py
        accounts/security_events/test_unproven_addresses.py accounts/site/test_branding.py
        accounts/site/test_errors.py accounts/site/test_form_errors.py
        accounts/site/test_language.py accounts/site/test_pages.py accounts/templatetags
        accounts/way_back
    """,
    "what becomes of a picture; accounts/oauth_server/views/test_logos.py keeps some on both": """
        accounts/oauth_server/admin/client/test_logos.py
    """,
    "what headers, tokens and documents hold": """
        accounts/oauth_server/claims/test_release.py accounts/oauth_server/claims/test_subjects.py
        accounts/oauth_server/conformance accounts/oauth_server/rules
        accounts/oauth_server/test_fapi.py accounts/oauth_server/views/test_metadata.py
        accounts/oauth_server/wire/test_cors.py accounts/site/test_canonical_host.py
        accounts/site/test_short_way.py accounts/site/test_spellings.py
        accounts/site/test_well_known.py api/test_negotiation.py api/test_problems.py
        test_headers.py
    """,
    "what is decided by values, from whichever rows they come; tokens/test_races.py has proofs": """
        accounts/admin/test_permissions.py accounts/admin/test_roles.py
        accounts/entrance/test_attacks.py accounts/entrance/test_csrf.py
        accounts/entrance/test_last_method.py accounts/entrance/test_passwords.py
        accounts/entrance/test_reauthentication.py accounts/entrance/test_sign_up_rule.py
        accounts/limits/test_sign_in_limits.py accounts/limits/test_strangers.py
        accounts/oauth_server/authorization accounts/oauth_server/clients/test_presets.py
        accounts/oauth_server/clients/test_sector_lists.py accounts/oauth_server/grants/test_pkce.py
        accounts/oauth_server/management
        accounts/oauth_server/registration/test_unverified_clients.py
        accounts/oauth_server/test_dpop.py accounts/oauth_server/tokens/test_lifetimes.py
        accounts/oauth_server/wire/test_asked_resources.py
        accounts/oauth_server/wire/test_asked_scopes.py accounts/second_factors/test_guessing.py
        accounts/second_factors/test_passkey_authentication.py
        accounts/second_factors/test_policy.py accounts/second_factors/test_second_step.py
        accounts/staff api/test_step_up.py
    """,
    "what is said to others, and what they answer": """
        accounts/oauth_server/logout/test_back_channel.py
        accounts/oauth_server/logout/test_logout.py accounts/third_parties/test_fresh_sign_in.py
        accounts/third_parties/test_other_providers.py accounts/third_parties/test_profile.py
        accounts/third_parties/test_reauthentication.py accounts/third_parties/test_registration.py
        accounts/third_parties/test_second_step.py accounts/third_parties/test_sign_up_rule.py
        accounts/third_parties/test_userinfo.py
    """,
    "a server; tests/cluster and tests/docs/test_operating.py run it on PostgreSQL": """
        test_systemd.py
    """,
}
_PATHS = {TESTS / each for paths in ONE_DATABASE.values() for each in paths.split()}
_ASKING = {"db", "transactional_db", "live_server", "empty_database"}


def mark(items: list[pytest.Item]) -> None:
    """Mark what needs no second run: what is listed, what asks for no database, and all cases of a
    test but the first, which send it the same statements with other values. Where the statements
    differ by the case, or values are what the database may not take, it says `every_case`; with the
    name of a parameter, where they differ by that alone.
    """
    seen = set()
    for item in items:
        test = (item.nodeid.partition("[")[0], *_of_case(item))
        if test in seen or not _asks_for_database(item) or _is_listed(item.path):
            item.add_marker(pytest.mark.one_database)
        seen.add(test)


def _asks_for_database(item: pytest.Item) -> bool:
    asked = getattr(item, "fixturenames", [])
    return bool(item.get_closest_marker("django_db")) or not _ASKING.isdisjoint(asked)


def _is_listed(path: Path) -> bool:
    return path in _PATHS or not _PATHS.isdisjoint(path.parents)


def _of_case(item: pytest.Item) -> list[Any]:
    """Return what tells its case from others that are to run, too."""
    marker = item.get_closest_marker("every_case")
    if not marker:
        return []
    given = getattr(item, "callspec", None)
    return (
        [id(given.params[name]) for name in marker.args] if given and marker.args else [item.nodeid]
    )
