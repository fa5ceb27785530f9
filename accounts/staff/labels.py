"""Name in Django admin what models leave to Django: columns are labelled by their names in code,
which no catalog of translations has, and packages' tables by the packages' words for them.

Only what is shown changes. Migrations and the log keep the English names.
"""

from django.apps import apps
from django.utils.translation import gettext_lazy, gettext_noop
from django.utils.translation import gettext_lazy as _

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
        *(gettext_noop("used at"), gettext_noop("user"), gettext_noop("uses left")),
        *(gettext_noop("verified"), gettext_noop("website"), gettext_noop("authorization codes")),
        *(gettext_noop("client apps"), gettext_noop("personal access tokens")),
        *(gettext_noop("rules"), gettext_noop("client secret"), gettext_noop("client secrets")),
        *(gettext_noop("session"), gettext_noop("sessions")),
        *(gettext_noop("known device"), gettext_noop("known devices")),
        *(gettext_noop("membership"), gettext_noop("memberships")),
        *(gettext_noop("account link"), gettext_noop("account links")),
        *(gettext_noop("connection token"), gettext_noop("connection tokens")),
        *(gettext_noop("provider secret"), gettext_noop("provider secrets")),
        *(gettext_noop("released name"), gettext_noop("released names")),
        *(gettext_noop("group profile"), gettext_noop("group profiles")),
        *(gettext_noop("encryption key"), gettext_noop("encryption keys")),
        *(gettext_noop("cleanup run"), gettext_noop("cleanup runs")),
        *(gettext_noop("client document"), gettext_noop("client documents")),
        *(gettext_noop("client logo"), gettext_noop("client logos")),
        *(gettext_noop("device grant"), gettext_noop("device grants")),
        *(gettext_noop("kept answer"), gettext_noop("kept answers")),
        *(gettext_noop("pushed request"), gettext_noop("pushed requests")),
        *(gettext_noop("recording"), gettext_noop("recordings")),
        *(gettext_noop("recorded request"), gettext_noop("recorded requests")),
        *(gettext_noop("registration"), gettext_noop("registrations")),
        *(gettext_noop("pairwise subject"), gettext_noop("pairwise subjects")),
        *(gettext_noop("delegation"), gettext_noop("delegations")),
        *(gettext_noop("used assertion"), gettext_noop("used assertions")),
        *(gettext_noop("used proof"), gettext_noop("used proofs")),
        gettext_noop("Can end sessions of people and send a link to sign in"),
    }
)

# This site's words for what packages bring: one row, several.
_MODELS = {
    "account.EmailAddress": (_("e-mail address"), _("e-mail addresses")),
    "mfa.Authenticator": (_("second factor"), _("second factors")),
    "socialaccount.SocialApp": (_("third party"), _("third parties")),
    "socialaccount.SocialAccount": (_("connection"), _("connections")),
    "socialaccount.SocialToken": (_("token of a third party"), _("tokens of third parties")),
    "django_tasks_database.DBTaskResult": (_("task"), _("tasks")),
}
_PACKAGES = {
    "account": _("E-mail addresses"),
    "mfa": _("Two-step verification"),
    "socialaccount": _("Third parties"),
    "django_tasks_database": _("Tasks"),
}


def translate() -> None:
    """Have labels be said in the language of whoever reads them, and packages' names in ours."""
    for label, (one, several) in _MODELS.items():
        named = apps.get_model(label)._meta
        named.verbose_name, named.verbose_name_plural = one, several
    for label, package in _PACKAGES.items():
        apps.get_app_config(label).verbose_name = package
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
