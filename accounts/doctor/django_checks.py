"""Say in our own words what Django's checks of a deployment find, as Django says it in English
alone.

Checks of models, addresses and templates are not among them: tests meet these, no deployment.
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_SESSION_COOKIE = _(
    "SESSION_COOKIE_SECURE is not on: whoever listens to a request without HTTPS can take over the "
    "session."
)
_SESSION_SCRIPTS = _(
    "SESSION_COOKIE_HTTPONLY is not on: a script in a page could read the session."
)

SENTENCES: "dict[str, _StrOrPromise]" = {
    "security.W001": _(
        "SecurityMiddleware is missing among MIDDLEWARE: nothing leads to HTTPS, and headers that "
        "protect pages are not sent."
    ),
    "security.W002": _(
        "XFrameOptionsMiddleware is missing among MIDDLEWARE: other sites can show pages of this "
        "one in a frame and have people press buttons there."
    ),
    "security.W003": _(
        "CsrfViewMiddleware is missing among MIDDLEWARE: other sites can send forms in the name of "
        "people who are signed in."
    ),
    "security.W004": _(
        "SECURE_HSTS_SECONDS is not set: browsers are not told to come by HTTPS alone."
    ),
    "security.W005": _(
        "SECURE_HSTS_INCLUDE_SUBDOMAINS is not on: browsers may go to hosts below this one without "
        "HTTPS."
    ),
    "security.W006": _(
        "SECURE_CONTENT_TYPE_NOSNIFF is not on: browsers may take a file for another kind of file."
    ),
    "security.W008": _(
        "SECURE_SSL_REDIRECT is not on: requests without HTTPS are answered, unless the proxy "
        "redirects them."
    ),
    "security.W009": _(
        "SECRET_KEY is short, or one that Django made for development: what it signs could be "
        "forged."
    ),
    **dict.fromkeys(("security.W010", "security.W011", "security.W012"), _SESSION_COOKIE),
    **dict.fromkeys(("security.W013", "security.W014", "security.W015"), _SESSION_SCRIPTS),
    "security.W016": _(
        "CSRF_COOKIE_SECURE is not on: whoever listens to a request without HTTPS can read the "
        "cookie that protects forms."
    ),
    "security.W018": _("DEBUG is on: errors show code and settings to everybody."),
    "security.W019": _("X_FRAME_OPTIONS is not DENY: pages of this site can be shown in a frame."),
    "security.W020": _("ALLOWED_HOSTS is empty: the site answers to no name."),
    "security.W021": _(
        "SECURE_HSTS_PRELOAD is not on: the site cannot be among those that browsers know to have "
        "HTTPS alone."
    ),
    "security.W022": _(
        "SECURE_REFERRER_POLICY is not set: other sites learn from which page people came."
    ),
    "security.E023": _("SECURE_REFERRER_POLICY has a value that browsers do not know."),
    "security.E024": _("SECURE_CROSS_ORIGIN_OPENER_POLICY has a value that browsers do not know."),
    "security.W025": _(
        "A key of SECRET_KEY_FALLBACKS is short, or one that Django made for development: what it "
        "signed could be forged."
    ),
}
