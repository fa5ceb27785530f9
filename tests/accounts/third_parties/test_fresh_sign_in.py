"""A client app demands a fresh sign-in of a person who has only a third party."""

from urllib.parse import parse_qs, urlencode, urlsplit

from tests.accounts.oauth_server.app import App, answer_in
from tests.accounts.oauth_server.conftest import app
from tests.accounts.third_parties.scripted_provider import Browser

__all__ = ["app"]


def test_the_third_party_is_told_to_ask_anew_and_the_app_gets_its_answer(
    browser: Browser, app: App
) -> None:
    browser.sign_in()
    app.ask(browser.client)
    response = app.send(browser.client, prompt="login")
    onward = parse_qs(urlsplit(response["Location"]).query)["next"][0]

    back = browser.sign_in("?" + urlencode({"next": onward}))

    assert browser.sent["prompt"] == "login"
    assert "code" in answer_in(browser.client.get(back["Location"]))


def test_otherwise_the_third_party_may_remember_the_person(browser: Browser, app: App) -> None:
    onward = parse_qs(urlsplit(app.send(browser.client)["Location"]).query)["next"][0]

    for query in ("", "?" + urlencode({"next": onward})):
        browser.start(query)
        assert "prompt" not in browser.sent


def test_it_is_told_so_too_where_the_app_registered_how_old_a_sign_in_may_be(
    browser: Browser, app: App
) -> None:
    app.client.default_max_age = 3600
    app.client.save()
    onward = parse_qs(urlsplit(app.send(browser.client)["Location"]).query)["next"][0]

    browser.start("?" + urlencode({"next": onward}))
    assert browser.sent["max_age"] == "3600"

    app.client.default_max_age = None
    app.client.save()
    onward = parse_qs(urlsplit(app.send(browser.client)["Location"]).query)["next"][0]

    browser.start("?" + urlencode({"next": onward}))
    assert not {"prompt", "max_age"} & set(browser.sent)
