"""Translate in Django admin what models leave to Django: columns are labelled by their names in
code, which no catalog of translations has, and packages' tables by English words.

Only what is shown changes. Migrations and the log keep the English names.
"""

from django.apps import apps
from django.utils.translation import gettext_lazy, gettext_noop

_SHOWN = ("accounts", "oauth_server", "socialaccount", "django_tasks_database")

# Gathered for translators from here. A test compares these with what the pages of admin show.
LABELS = frozenset(
    {
        *(gettext_noop("access token"), gettext_noop("access tokens"), gettext_noop("active")),
        *(gettext_noop("actor"), gettext_noop("admin"), gettext_noop("algorithm")),
        *(gettext_noop("application"), gettext_noop("at"), gettext_noop("authorization")),
        *(gettext_noop("authorizations"), gettext_noop("birthdate"), gettext_noop("city")),
        *(gettext_noop("client"), gettext_noop("country"), gettext_noop("created")),
        *(gettext_noop("date joined"), gettext_noop("description"), gettext_noop("enqueued at")),
        *(gettext_noop("event"), gettext_noop("exception class path"), gettext_noop("expires")),
        *(gettext_noop("family name"), gettext_noop("finished at"), gettext_noop("gender")),
        *(gettext_noop("given name"), gettext_noop("groups"), gettext_noop("id token")),
        *(gettext_noop("id tokens"), gettext_noop("initial access token")),
        *(gettext_noop("initial access tokens"), gettext_noop("invitation")),
        *(gettext_noop("invitations"), gettext_noop("language"), gettext_noop("last address")),
        *(gettext_noop("last used"), gettext_noop("middle name"), gettext_noop("name")),
        *(gettext_noop("nickname"), gettext_noop("note"), gettext_noop("outcome")),
        *(gettext_noop("people"), gettext_noop("person"), gettext_noop("phone number")),
        *(gettext_noop("phone number verified"), gettext_noop("picture")),
        *(gettext_noop("postal code"), gettext_noop("preferred username")),
        *(gettext_noop("queue name"), gettext_noop("redeemed"), gettext_noop("refresh token")),
        *(gettext_noop("refresh tokens"), gettext_noop("region"), gettext_noop("revoked")),
        *(gettext_noop("rule"), gettext_noop("run after"), gettext_noop("scope")),
        *(gettext_noop("security event"), gettext_noop("security events")),
        *(gettext_noop("sent at"), gettext_noop("signing key"), gettext_noop("signing keys")),
        *(gettext_noop("slug"), gettext_noop("started at"), gettext_noop("status")),
        *(gettext_noop("street address"), gettext_noop("subject"), gettext_noop("task path")),
        *(gettext_noop("Task Result"), gettext_noop("Task Results"), gettext_noop("used at")),
        *(gettext_noop("user"), gettext_noop("uses left"), gettext_noop("verified")),
        *(gettext_noop("website"), gettext_noop("authorization codes")),
        *(gettext_noop("client apps"), gettext_noop("personal access tokens")),
        *(gettext_noop("rules"), gettext_noop("client secret"), gettext_noop("client secrets")),
    }
)


def translate() -> None:
    """Have the labels that are plain text be said in the language of whoever reads them."""
    for label in _SHOWN:
        for model in apps.get_app_config(label).get_models():
            for field in model._meta.get_fields():
                _translate(field, "verbose_name")
            _translate(model._meta, "verbose_name")
            _translate(model._meta, "verbose_name_plural")


def _translate(named: object, attribute: str) -> None:
    text = str(getattr(named, attribute, ""))  # a plural may be made of the singular, when asked
    if text in LABELS:
        setattr(named, attribute, gettext_lazy(text))
