"""Django admin speaks the reader's language, in its labels too."""

import re
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.contrib.auth.models import Group
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.test import Client as Browser
from django.utils import translation

from accounts.models import User

OURS = ("accounts", "oauth_server", "socialaccount")
# These words are the same in German, and some are the field's own.
ALIKE = {
    "App",
    "Claim",
    "Form",
    "Format",
    "ID",
    "Logo",
    "Name",
    "PKCE",
    "Scopes",
    "Website",
    "Domains",
    "Status",
    "Host",
}


def labels(page: Any) -> list[str]:
    fields = getattr(page.form, "base_fields", {})
    shown = [str(field.label or name.capitalize()) for name, field in fields.items()]
    rest = {*page.list_display, *page.readonly_fields} - set(fields) - {"action_checkbox"}
    for name in sorted(filter(lambda name: isinstance(name, str), rest)):
        try:
            shown.append(str(label_for_field(name, page.model, page)))
        except (AttributeError, FieldDoesNotExist):  # a row's own name, without a heading
            continue
    return [*shown, str(page.model._meta.verbose_name), str(page.model._meta.verbose_name_plural)]


def test_every_label_of_admin_is_translated() -> None:
    for model, page in admin.site._registry.items():
        if model._meta.app_label not in OURS:
            continue
        with translation.override("en"):
            english = labels(page)
        with translation.override("de"):
            german = labels(page)
        with translation.override("ar"):  # where a plural is no singular with an “s” behind it
            assert not str(model._meta.verbose_name_plural).endswith("s"), model
        same = {a for a, b in zip(english, german, strict=True) if a == b and len(a) > 2}
        assert {each[:1].upper() + each[1:] for each in same} <= ALIKE, model


def test_every_table_has_a_name_in_every_language() -> None:
    """Those that no page is of are told of where a row goes with what it belongs to."""
    for model in apps.get_models():
        named = model._meta
        if named.app_label in (*OURS, "account", "mfa", "django_tasks_database"):
            said = {}
            for language in ("en", "de", "ar"):
                with translation.override(language):
                    said[language] = (str(named.verbose_name), str(named.verbose_name_plural))
            assert len(set(said.values())) == 3 or named.model_name == "webhook", said


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_nothing_is_called_what_a_package_calls_it(desk: Browser, language: str) -> None:
    """allauth’s social applications are third parties here, wherever an admin reads of them."""
    provider = SocialApp.objects.create(
        provider="openid_connect", provider_id="corp", name="Corp", client_id="latchkey",
        settings={"server_url": "https://id.example"},
    )  # fmt: skip
    person = User.objects.create(email="alice@example.com")
    connection = SocialAccount.objects.create(user=person, provider="corp", uid="1")
    group = Group.objects.create(name="Helpers")
    rows: list[Model] = [provider, connection, person, group]
    pages = ["/admin/", "/admin/socialaccount/", "/admin/auth/", "/admin/auth/group/add/"]
    for row in rows:
        path = f"/admin/{row._meta.label_lower.replace('.', '/')}/"
        pages += [path, *(f"{path}{row.pk}/{page}/" for page in ("change", "delete", "history"))]
    for path in pages:
        assert foreign(desk.get(path, headers={"accept-language": language})) == [], path
    change = f"/admin/socialaccount/socialapp/{provider.pk}"
    values = desk.get(f"{change}/change/").context["adminform"].form.initial
    sent = {name: value for name, value in values.items() if value not in (None, False)}
    for path, told in ((f"{change}/change/", sent), (f"{change}/delete/", {"post": "yes"})):
        said = desk.post(path, told, headers={"accept-language": language}, follow=True)
        assert foreign(said) == []
        (message,) = said.context["messages"]
        with translation.override(language):
            assert str(SocialApp._meta.verbose_name) in str(message)
    events = desk.get("/admin/accounts/securityevent/", headers={"accept-language": language})
    assert foreign(events) == []


def foreign(page: Any) -> list[str]:
    assert page.status_code == 200
    said = re.sub(r"<[^>]*>", " ", page.content.decode())
    return re.findall(r"(?i)social \w+|sozial\w* \w+|\w* اجتماعي\w*|authenticators", said)


@pytest.mark.parametrize(("language", "word"), [("de", "Drittanbieter"), ("ar", "الجهات الخارجية")])
def test_admin_speaks_the_language_of_the_reader(language: str, word: str, desk: Browser) -> None:
    page = desk.get("/admin/", headers={"accept-language": language})
    assert word in page.content.decode()
    assert page["Content-Language"] == language
