"""What is wrong with a client is said in the language of the admin who reads it."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation

from accounts.oauth_server.models import Client
from accounts.oauth_server.rules import redirect_uris

pytestmark = pytest.mark.django_db

CONFIDENTIAL = {"client_type": "confidential", "token_endpoint_auth_method": "client_secret_basic"}
SIGNS = CONFIDENTIAL | {"token_endpoint_auth_method": "private_key_jwt"}
WRONG: list[dict[str, Any]] = [
    SIGNS,
    SIGNS | {"jwks": {"keys": []}, "jwks_uri": "https://app.example/jwks"},
    {"redirect_uris": "com.example.app:/back"},
    {"client_type": "public", "redirect_uris": "javascript:/back"},
    *(
        {"redirect_uris": uri}
        for uri in (
            *(
                "https://bücher.example/",
                "https://a.example/%<",
                "https://[/",
                "https://a.example/#",
            ),
            *(
                "https://a@a.example/",
                "https://*.a.example/",
                "https://a.example./",
                "back",
                "https:/",
            ),
            *("http://a.example/", "https://a.example:0/"),
        )
    ),
    {"allowed_origins": "https://a.example/"},
    {"subject_type": "pairwise", "redirect_uris": "https://a.example/ https://b.example/"},
    {"refresh_token_idle_days": 9_000},
    {"groups_claim": "email", "groups_in": "nowhere"},
    {"groups_claim": "my groups"},
    {"name": "A\u202eB"},
    {"name": "Z" + "\u0300" * 9},
    {"scopes": "nothing"},
    {"scopes": "openid", "default_scopes": "profile"},
    {"grant_types": "magic"},
]
ENGLISH = re.compile(r"\b(the|is|are|has|have|must|not|this|would|only|use|needs|however)\b", re.I)


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES if code != "en"])
@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: str(list(wrong.items())[-1]))
def test_what_is_wrong_is_said_in_the_language_of_who_reads(
    wrong: dict[str, Any], language: str
) -> None:
    told = {"redirect_uris": "https://a.example/", "scopes": "openid", **CONFIDENTIAL} | wrong
    client = Client(**({"name": "Album"} | told))
    with translation.override(language), pytest.raises(ValidationError) as refused:
        client.clean()
    for words in refused.value.messages:
        assert not ENGLISH.search(words.replace("sector identifier", "")), words


def test_how_a_redirect_uri_differs_is_said_so_too() -> None:
    with translation.override("de"):
        found = redirect_uris.difference("https://a.example:1/b?c#d", "http://b.example/")
    assert "der Host ist „a.example“, nicht „b.example“" in found
    assert not ENGLISH.search(found)
