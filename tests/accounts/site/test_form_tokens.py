from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH, _does_token_match
from django.test import RequestFactory

from accounts.site import form_tokens


def test_a_token_of_a_form_is_one_that_django_knows_by_its_cookie() -> None:
    request = RequestFactory().get("/")
    tokens = {form_tokens.of(request) for _ in range(9)}
    secret = request.META["CSRF_COOKIE"]
    assert len(tokens) == 9
    assert len(secret) == CSRF_SECRET_LENGTH
    assert request.META["CSRF_COOKIE_NEEDS_UPDATE"]
    assert all(_does_token_match(token, secret) for token in tokens)
    assert not _does_token_match(form_tokens.of(RequestFactory().get("/")), secret)


def test_each_character_of_a_token_is_as_likely_as_the_others() -> None:
    drawn = "".join(form_tokens._random(64) for _ in range(1_000))
    counts = [drawn.count(character) for character in CSRF_ALLOWED_CHARS]
    assert sum(counts) == 64_000
    # 1,032 each; six standard deviations of it are 191.
    assert 840 < min(counts) <= max(counts) < 1_224
