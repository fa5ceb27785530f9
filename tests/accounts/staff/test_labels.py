"""Django admin speaks the reader's language, in its labels too."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import FieldDoesNotExist
from django.test import Client as Browser
from django.utils import translation

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


@pytest.mark.parametrize(("language", "word"), [("de", "Anbieter"), ("ar", "المزوّدون")])
def test_admin_speaks_the_language_of_the_reader(language: str, word: str, desk: Browser) -> None:
    page = desk.get("/admin/", headers={"accept-language": language})
    assert word in page.content.decode()
    assert page["Content-Language"] == language
