"""Hold every setting of the site. What a deployment may change is read from the environment here.

docs/settings.md lists each variable; a test holds the two together.
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from environs import validate

from accounts.network import loopback
from config import for_allauth, logs, mail, providers, secret_files

env = secret_files.Environment()
BASE_DIR = Path(__file__).resolve().parent.parent

# --- Django -----------------------------------------------------------------

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.secrets("SECRET_KEY_FALLBACKS", [])
SITE_URL = env.str("SITE_URL").rstrip("/")
SITE_NAME = env.str("SITE_NAME", "Latchkey")
# How the site looks, and where it leads its people: accounts/site/branding.py.
BRAND_ACCENT = env.str("BRAND_ACCENT", "")
BRAND_ACCENT_DARK = env.str("BRAND_ACCENT_DARK", "")
BRAND_LOGO = env.str("BRAND_LOGO", "")
SUPPORT_ADDRESS = env.str("SUPPORT_ADDRESS", "")
TERMS_URL = env.str("TERMS_URL", "")
SECURITY_CONTACT = env.str("SECURITY_CONTACT", "")
PRIVACY_URL = env.str("PRIVACY_URL", "")
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var"))).resolve()

_site = urlsplit(SITE_URL)
HTTPS = _site.scheme == "https"
# Further names, each at SITE_URL's port or at one of its own: accounts/site/canonical_host.py.
_hosts: list[str] = env.list("ALLOWED_HOSTS", [])
ALLOWED_HOST_PORTS = [host for host in _hosts if ":" in host.rpartition("]")[2]]
_names = [host.rpartition(":")[0] if host in ALLOWED_HOST_PORTS else host for host in _hosts]
ALLOWED_HOSTS = [_site.hostname or "", *_names]
if _site.hostname == loopback.NAME:
    ALLOWED_HOSTS += map(loopback.in_url, loopback.ADDRESSES)  # led on to the name

INSTALLED_APPS = [
    "accounts",
    "accounts.oauth_server",
    "api",
    "accounts.staff.apps.AdminConfig",  # django.contrib.admin, with pages of our own
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    *providers.installed(),
    "oauth2_provider",
    "rest_framework",
    "drf_spectacular",
    "django_tasks",
    "django_tasks_db",
]

MIDDLEWARE = [
    "accounts.checks.health.answer_probes",
    "config.request_log.RequestLog",
    "accounts.site.canonical_host.refuse_foreign_hosts",
    "accounts.site.spellings.answer_both",
    "accounts.site.kept_answers.FromMemory",
    "accounts.site.headers.set_headers",
    # What programs call (accounts/site/programs.py) turns off here: see PROGRAMS_MIDDLEWARE.
    "accounts.site.short_way.ShortWay",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "accounts.entrance.known_devices.keep_cookie",
    "django.middleware.security.SecurityMiddleware",
    "accounts.site.canonical_host.redirect_to_canonical_host",
    "accounts.oauth_server.wire.cors.CrossOrigin",
    "accounts.site.csp.policy_for_pages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.limits.bodies.refuse_large",
    "accounts.site.static_files.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "accounts.endings.expired_sessions.end_found",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.site.language.localise",
    "accounts.limits.new_sessions.limit_new_sessions",
    "accounts.sessions.last_seen.note_use",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.entrance.reauthentication.AskFirst",
    "accounts.third_parties.middleware.ThirdPartyViews",
    "accounts.second_factors.policy.Gate",
    "accounts.staff.proof.AskBeforeChanges",
    "accounts.limits.edge.Edge",
    "accounts.account_pages.drafts.keep",
]
PROGRAMS_MIDDLEWARE = [
    "accounts.site.headers.set_fixed_headers",
    "accounts.site.canonical_host.redirect_to_canonical_host",
    "accounts.oauth_server.wire.cors.CrossOrigin",
    "accounts.site.csp.policy_for_programs",
    "accounts.limits.bodies.refuse_large",
    "accounts.site.headers.tell_length",
    "accounts.limits.edge.Edge",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            # Each template is read once, with DEBUG too: who changes one starts the site anew.
            "loaders": [
                (
                    "accounts.site.templates.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.site.context_processors.site",
                "accounts.site.context_processors.form_token",
                "accounts.entrance.context_processors.sign_up_offered",
                "accounts.second_factors.context_processors.passkeys_offered",
                "accounts.oauth_server.context_processors.client_name",
            ],
        },
    },
]

FORM_RENDERER = "accounts.site.widgets.Renderer"

# Translations are in accounts/locale/, before those that packages bring, and so is our English for
# what packages say; how English and Arabic write dates is in accounts/formats/.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "German"), ("ar", "Arabic")]
LOCALE_PATHS = [BASE_DIR / "accounts" / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "accounts.formats"
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": env.str(
            "STATICFILES_STORAGE", "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}

# The database: one SQLite file by default, PostgreSQL in production. Each thread keeps its
# connection, to that for an hour at most.

DATABASES = {
    "default": dj_database_url.parse(
        env.secret("DATABASE_URL", f"sqlite:///{DATA_DIR / 'latchkey.sqlite3'}")
    )
}
DATABASE_PREPARED_STATEMENTS = env.bool("DATABASE_PREPARED_STATEMENTS", True)
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # Closing the last connection to a WAL database writes all of it back: keep them open. A file
    # does not go away, so that nobody needs to ask whether it is still there.
    _database["CONN_MAX_AGE"] = None
    _database["OPTIONS"] = {
        # A transaction takes the write lock at its start, so that readers that turn into
        # writers wait for each other instead of failing with "database is locked".
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    _database |= {
        "ENGINE": "accounts.storage.postgresql",
        "CONN_MAX_AGE": 3600,
        "CONN_HEALTH_CHECKS": True,  # by a look at the socket
        # For a pooler that gives each transaction another connection, none may outlive one.
        "DISABLE_SERVER_SIDE_CURSORS": not DATABASE_PREPARED_STATEMENTS,
    }
    # What the URL says, such as ?sslmode=verify-full, comes first.
    _database["OPTIONS"] = {
        # Whoever waits for a database that is away is told so within two seconds.
        "connect_timeout": 2,
        "wait_seconds": env.float("DATABASE_WAIT_SECONDS", 1.5),
        # A host that went without a word is noticed between two requests, after 45 seconds, and
        # by a statement after ten.
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        # PostgreSQL takes ten times as long to plan a look-up as to do it. What a connection
        # sends for the third time is prepared; the least recently used goes when there are more.
        "server_side_binding": DATABASE_PREPARED_STATEMENTS,
        "prepare_threshold": 2 if DATABASE_PREPARED_STATEMENTS else None,
        "prepared_max": 200,
    } | _database.get("OPTIONS", {})

# Above MAX_ENTRIES the table drops rows that are in use, and counted attempts with them.
_table = {
    "BACKEND": "accounts.storage.cache.DatabaseCache",
    "LOCATION": "cache",
    "OPTIONS": {"MAX_ENTRIES": 1_000_000},
}
_redis = {
    "BACKEND": "accounts.storage.redis_cache.RedisOrDatabaseCache",
    "LOCATION": env.secret("REDIS_URL", ""),
    "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
}
CACHES = {"default": _redis if _redis["LOCATION"] else _table, "database": _table}

EMAIL_URL = env.secret("EMAIL_URL", f"file://{DATA_DIR / 'mail'}")  # config/mail.py
_mail = mail.settings(EMAIL_URL)
EMAIL_PROBLEM: str = _mail["EMAIL_PROBLEM"]
vars().update(_mail)
MAIL_THREADS = env.int("MAIL_THREADS", 2)  # with TASKS_BACKEND=inline; 0: while the person waits
MAIL_MOST_WAITING = env.int("MAIL_MOST_WAITING", 1_000)  # letters, in each process
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"{SITE_NAME} <no-reply@{_site.hostname}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Transport and headers. Cookies do not keep ports apart: each instance names its own.

COOKIE_PREFIX = env.str("COOKIE_PREFIX", "latchkey")
_cookie = f"__Host-{COOKIE_PREFIX}" if HTTPS else COOKIE_PREFIX
SESSION_COOKIE_NAME = f"{_cookie}-session"
DEVICE_COOKIE_NAME = f"{_cookie}-device"  # accounts/entrance/known_devices.py
SESSION_COOKIE_SECURE = HTTPS
# A session ends when it is not used for so long, and so long after it began: what comes first.
_days, _hours = validate.Range(min=1, max=400), validate.Range(min=1, max=9_600)
SESSION_IDLE = timedelta(days=env.int("SESSION_IDLE_DAYS", 14, validate=_days))
SESSION_ABSOLUTE = timedelta(days=env.int("SESSION_DAYS", 30, validate=_days))
STAFF_SESSION_IDLE = timedelta(hours=env.int("STAFF_SESSION_IDLE_HOURS", 2, validate=_hours))
STAFF_SESSION_ABSOLUTE = timedelta(hours=env.int("STAFF_SESSION_HOURS", 12, validate=_hours))
SESSION_COOKIE_AGE = int(SESSION_ABSOLUTE.total_seconds())
SESSION_ENGINE = "accounts.sessions.store"
CSRF_COOKIE_NAME = f"{_cookie}-csrf"
LAST_USED_COOKIE_NAME = f"{_cookie}-last-used"  # accounts/entrance/last_method.py
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [SITE_URL]
LANGUAGE_COOKIE_NAME = f"{_cookie}-language"
LANGUAGE_ASKED_COOKIE_NAME = f"{_cookie}-asked-language"
LANGUAGE_COOKIE_AGE = int(timedelta(days=365).total_seconds())
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "accounts.entrance.csrf.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Of no body is more read, and for no request is waited longer, from its first byte to its last:
# accounts/limits/bodies.py, config/web_worker/worker.py.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
WEB_REQUEST_SECONDS = env.int("WEB_REQUEST_SECONDS", 10, validate=validate.Range(min=1))
# So many requests of one process may wait for others at once: config/web_worker/threads.py.
WEB_CALLS = env.int("WEB_CALLS", 64, validate=validate.Range(min=1))
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
# Not "no-referrer": under it, browsers send `Origin: null` with our own forms (Fetch standard,
# "append a request Origin header"), and Django's CSRF check refuses them all.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
GEOIP_DATABASE = env.str("GEOIP_DATABASE", "")  # where addresses are: accounts/network/places.py
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# W3C Permissions Policy: passkeys are for this site's own pages, all else is for nobody. It names
# what browsers know everywhere: of the rest (bluetooth, web-share) they complain on every page.
_FOR_OWN_PAGES = ["publickey-credentials-create", "publickey-credentials-get"]
_FOR_NOBODY = [
    *("accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read"),
    *("display-capture", "encrypted-media", "fullscreen", "geolocation", "gyroscope", "hid"),
    *("identity-credentials-get", "idle-detection", "keyboard-map", "local-fonts", "magnetometer"),
    *("microphone", "midi", "otp-credentials", "payment", "picture-in-picture", "serial"),
    *("screen-wake-lock", "storage-access", "sync-xhr", "usb", "window-management"),
    "xr-spatial-tracking",
]
PERMISSIONS_POLICY: dict[str, str | list[str]] = {
    **dict.fromkeys(_FOR_OWN_PAGES, "self"),
    **{feature: [] for feature in _FOR_NOBODY},
}

# Keys that seal what is stored (third-party tokens, signing keys, sessions): the first one
# seals, every one opens, so that a key is rotated by putting a new one in front.
ENCRYPTION_KEYS = env.secrets("ENCRYPTION_KEYS")

# How often what may be tried: a number a second, minute, hour or day, or a multiple ("5/10m").
# Each is changed by a variable of its own, such as RATE_LIMIT_TOKEN=1000/m.
_RATES = {
    # Counted by address, which many people may share.
    "sign_in": "600/m",
    "sign_in_failures": "60/m",
    "sign_up": "60/m",
    "new_sessions": "120/m",  # in which nobody is signed in
    "authorize": "3000/m",
    "client_failures": "100/m",  # wrong secrets and unknown clients
    "api_failures": "600/m",  # tokens that open nothing at the API
    "refused_requests": "30/h",  # of clients, that leave an event; more are refused without one
    # Counted by e-mail address: for all who type it, so that many addresses help no guesser. The
    # browsers in which its owner has signed in before count each for itself: for them, these and
    # those above and below hold apart from everybody else's.
    "password_guesses": "10/5m",
    "mail": "3/5m",
    # Counted by e-mail address, of which somebody else is the owner.
    "invitations_to_address": "3/d",  # by people, all together
    # Counted by person.
    "account_changes": "10/m",
    "export": "5/h",  # downloads of all data
    "device_code": "20/5m",  # codes typed, right or wrong
    "second_factor": "10/15m",  # likewise
    "developers": "60/m",  # what they press on the pages for developers
    # Counted by client and address: accounts/oauth_server/clients/authentication.py
    "token": "60000/m",
    "revoke": "60000/m",
    "introspect": "300000/m",
    "device_authorization": "600/m",
    "pushed_authorization_request": "6000/m",
    # Counted by client: all that do not exist are one.
    "refused_requests_of_client": "300/h",
    # Counted by address.
    "client_documents": "60/m",  # by their host
    "registration": "100/h",  # clients that register themselves
    "registration_management": "60/m",
    # Counted by client and person: accounts/limits/lots.py
    "api": "6000/m",
}
RATE_LIMITS = {name: env.str(f"RATE_LIMIT_{name.upper()}", rate) for name, rate in _RATES.items()}
CLIENT_FAILURES = env.int("CLIENT_FAILURES", 20)  # as many use up a client's limit at an address

# --- Sign-in ----------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.entrance.backend.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account_home"
PASSWORD_HASHERS = [
    "accounts.entrance.hashing.PasswordHasher",
    # Hashes that other servers made, until their owners sign in: docs/moving.md.
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "accounts.entrance.imported_hashes.ImportedHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.entrance.passwords.UnlikeThePersonValidator"},
    {
        "NAME": "accounts.entrance.passwords.LongEnoughValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "accounts.entrance.breached_passwords.BreachedPasswordValidator"},
]
# "common", "file:" and a path, or the address of a range service: see
# accounts/entrance/breached_passwords.py.
BREACHED_PASSWORDS = env.str("BREACHED_PASSWORDS", "common")

# Who may make an account, whichever way: accounts/entrance/sign_up_rule.py.
SIGN_UP = env.str(
    "SIGN_UP", "open", validate=validate.OneOf(["open", "invited", "domains", "closed"])
)
SIGN_UP_DOMAINS: list[str] = env.list("SIGN_UP_DOMAINS", [])
# Who invites others: accounts/entrance/mailed_links/invitations_by_people.py.
INVITATIONS = env.str("INVITATIONS", "admins", validate=validate.OneOf(["admins", "people"]))
INVITATIONS_A_DAY = env.int("INVITATIONS_A_DAY", 10, validate=validate.Range(min=1, max=100))
INVITATIONS_WAITING = env.int("INVITATIONS_WAITING", 20, validate=validate.Range(min=1))
INVITATIONS_AFTER_DAYS = env.int("INVITATIONS_AFTER_DAYS", 7, validate=validate.Range(min=0))

# User names, the claim preferred_username: accounts/models/user_name.py.
USER_NAMES_CHANGEABLE = env.bool("USER_NAMES_CHANGEABLE", True)
USER_NAME_CHANGE_DAYS = env.int("USER_NAME_CHANGE_DAYS", 30)
USER_NAME_MIN_LENGTH = env.int("USER_NAME_MIN_LENGTH", 3, validate=validate.Range(min=1, max=20))
USER_NAME_MAX_LENGTH = env.int("USER_NAME_MAX_LENGTH", 32, validate=validate.Range(min=20, max=150))
_LETTERS_AND_DIGITS = r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?"
USER_NAME_PATTERN = env.str("USER_NAME_PATTERN", _LETTERS_AND_DIGITS)
_RESERVED_NAMES = [
    *("admin", "administrator", "root", "system", "support", "help", "info", "security"),
    *("abuse", "postmaster", "hostmaster", "webmaster", "noreply", "mail", "staff", "team"),
    *("moderator", "owner", "official", "api", "oauth", "www", "me", "null", "undefined"),
    *("anonymous", "guest", "nobody", "everyone", "all", "user", "test"),
]
USER_NAMES_RESERVED: list[str] = env.list("USER_NAMES_RESERVED", _RESERVED_NAMES)

ALLAUTH_SETTING_GETTER = for_allauth.read


ACCOUNT_ADAPTER = "accounts.adapters.account.AccountAdapter"
_typed = "accounts.entrance.typed_codes"
ACCOUNT_FORMS = {
    "login": "accounts.entrance.passwords.SignInForm",
    "request_login_code": "accounts.entrance.typed_addresses.RequestCodeForm",
    "confirm_login_code": f"{_typed}.ConfirmLoginCodeForm",
    "confirm_email_verification_code": f"{_typed}.ConfirmEmailVerificationCodeForm",
    "confirm_password_reset_code": f"{_typed}.ConfirmPasswordResetCodeForm",
    "signup": "accounts.entrance.passwords.SignUpForm",
    "change_password": "accounts.entrance.passwords.ChangePasswordForm",
    "set_password": "accounts.entrance.passwords.SetPasswordForm",
    "reset_password": "accounts.entrance.typed_addresses.RequestResetForm",
    "add_email": "accounts.entrance.typed_addresses.AddEmailForm",
    "reset_password_from_key": "accounts.entrance.passwords.ResetPasswordForm",
    "reauthenticate": "accounts.entrance.passwords.ReauthenticateForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600  # NIST SP 800-63B section 3.1.3.2
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True  # a code keeps the way back, a link opens elsewhere
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True  # a mailed code is a way to sign in anyhow
ACCOUNT_EMAIL_NOTIFICATIONS = False  # accounts/security_events/notices.py says who is told of what
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False  # accounts/entrance/pages.py decides
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _site.scheme
# accounts/limits/sign_in_limits.py counts, for people and the browsers that they are known in.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False

# Passkeys, authenticator apps, recovery codes: accounts/second_factors/.
SECOND_FACTOR = env.str("SECOND_FACTOR", "staff")  # off, staff or all: who must have one
MFA_ADAPTER = "accounts.second_factors.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["recovery_codes", "totp", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
# An unlocked device is the second factor of a passkey: one that nobody unlocked is none.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TOTP_TOLERANCE = 1  # periods of 30 seconds, for clocks that go wrong; each code works once
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RECOVERY_CODE_DIGITS = 10
# Nobody signs in before an address of theirs is verified. One that they add later, and have not
# verified yet, must not keep them from protecting their account.
MFA_ALLOW_UNVERIFIED_EMAIL = True
_forms = "accounts.second_factors.forms"
MFA_FORMS = {
    "authenticate": f"{_forms}.AuthenticateForm",
    "reauthenticate": f"{_forms}.ReauthenticateForm",
    "activate_totp": f"{_forms}.ActivateTOTPForm",
    "authenticate_webauthn": f"{_forms}.AuthenticateWebAuthnForm",
    "reauthenticate_webauthn": f"{_forms}.ReauthenticateWebAuthnForm",
    "login_webauthn": f"{_forms}.LoginWebAuthnForm",
    "signup_webauthn": f"{_forms}.AddWebAuthnForm",
    "add_webauthn": f"{_forms}.AddWebAuthnForm",
    "edit_webauthn": f"{_forms}.EditWebAuthnForm",
}

SOCIALACCOUNT_ADAPTER = "accounts.adapters.third_parties.SocialAccountAdapter"
SOCIALACCOUNT_FORMS = {
    "disconnect": "accounts.account_pages.disconnecting.DisconnectForm",
    "signup": "accounts.third_parties.signing_up.SignUpForm",
}
SOCIALACCOUNT_STORE_TOKENS = False  # kept sealed by accounts.models.ConnectionToken instead
SOCIALACCOUNT_REQUESTS_TIMEOUT = env.float("THIRD_PARTY_SECONDS", 5)  # a whole call, all in all

_sign_in = providers.read(env)
SOCIALACCOUNT_PROVIDERS = _sign_in.providers
SOCIALACCOUNT_PROVIDERS.setdefault("openid_connect", {})["provider_class"] = (
    "accounts.third_parties.openid_connect.provider.StrictOpenIDConnectProvider"
)
SIGN_IN_PROBLEMS = _sign_in.problems  # what system checks report
SECRET_FILES = env.files  # likewise: accounts/checks/secret_files.py

# --- OAuth server -----------------------------------------------------------

OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth_server.Client"
OAUTH2_PROVIDER_GRANT_MODEL = "oauth_server.AuthorizationCode"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "oauth_server.AccessToken"  # noqa: S105 (a model's name)
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "oauth_server.RefreshToken"  # noqa: S105
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "oauth_server.IDToken"  # noqa: S105
OAUTH2_PROVIDER_DEVICE_GRANT_MODEL = "oauth_server.DeviceGrant"

AUTHORIZATION_CODE_LIFETIME = timedelta(seconds=env.int("AUTHORIZATION_CODE_SECONDS", 60))
PUSHED_REQUEST_LIFETIME = timedelta(seconds=env.int("PUSHED_REQUEST_SECONDS", 90))
DEVICE_CODE_LIFETIME = timedelta(minutes=env.int("DEVICE_CODE_MINUTES", 10))
ACCESS_TOKEN_LIFETIME = timedelta(minutes=env.int("ACCESS_TOKEN_MINUTES", 60))
ID_TOKEN_LIFETIME = timedelta(minutes=env.int("ID_TOKEN_MINUTES", 60))
REFRESH_TOKEN_IDLE_LIFETIME = timedelta(days=env.int("REFRESH_TOKEN_IDLE_DAYS", 30))
REFRESH_TOKEN_MAX_LIFETIME = timedelta(days=env.int("REFRESH_TOKEN_MAX_DAYS", 365))
REFRESH_RETRY_WINDOW = timedelta(seconds=env.int("REFRESH_RETRY_SECONDS", 10))

# Whether people may make tokens for their own scripts; off: none that there is opens anything.
PERSONAL_TOKENS = env.bool("PERSONAL_TOKENS", True)
PERSONAL_TOKEN_MAX_DAYS = env.int("PERSONAL_TOKEN_MAX_DAYS", 365)  # 0: also without an end

# Whether client apps may register themselves, and for what: accounts/oauth_server/registration/.
REGISTRATION = env.str("REGISTRATION", "off", validate=validate.OneOf(["off", "token", "open"]))
# Whether clients introduce themselves by a document that their client ID is the address of; of any
# host, or of those that are listed: accounts/oauth_server/registration/documents.py
CLIENT_DOCUMENTS = env.str(
    "CLIENT_DOCUMENTS", "off", validate=validate.OneOf(["off", "listed", "all"])
)
CLIENT_DOCUMENT_HOSTS: list[str] = env.list("CLIENT_DOCUMENT_HOSTS", [])
CLIENT_DOCUMENT_PRIVATE_HOSTS: list[str] = env.list("CLIENT_DOCUMENT_PRIVATE_HOSTS", [])
REGISTRATION_SCOPES: list[str] = env.list(
    "REGISTRATION_SCOPES", ["openid", "profile", "email", "offline_access"]
)
# What may take the place of a PKCE challenge for those of them that can keep a secret.
REGISTRATION_PKCE = env.str(
    "REGISTRATION_PKCE", "required", validate=validate.OneOf(["required", "or-nonce", "waived"])
)
REGISTRATION_UNUSED = timedelta(days=env.int("REGISTRATION_UNUSED_DAYS", 30))

OAUTH2_PROVIDER = {
    "OAUTH2_SERVER_CLASS": "accounts.oauth_server.server.Server",
    "OAUTH2_VALIDATOR_CLASS": "accounts.oauth_server.wire.validator.Validator",
    "OAUTH2_BACKEND_CLASS": "accounts.oauth_server.wire.backend.Backend",
    "SCOPES_BACKEND_CLASS": "accounts.oauth_server.wire.client_scopes.ClientScopes",
    "SCOPES": {},  # see accounts/oauth_server/rules/scopes.py
    "OIDC_ENABLED": True,
    "OIDC_ISS_ENDPOINT": SITE_URL,
    "PKCE_REQUIRED": True,
    "ROTATE_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https", "http"],  # http: loopback only, redirect_uris.py
    "ACCESS_TOKEN_EXPIRE_SECONDS": int(ACCESS_TOKEN_LIFETIME.total_seconds()),
    "APPLICATION_ADMIN_CLASS": "accounts.oauth_server.admin.client.clients.ClientAdmin",
    "GRANT_ADMIN_CLASS": "accounts.oauth_server.admin.tokens.AuthorizationCodeAdmin",
    "ACCESS_TOKEN_ADMIN_CLASS": "accounts.oauth_server.admin.tokens.AccessTokenAdmin",
    "REFRESH_TOKEN_ADMIN_CLASS": "accounts.oauth_server.admin.tokens.RefreshTokenAdmin",
    "ID_TOKEN_ADMIN_CLASS": "accounts.oauth_server.admin.tokens.IDTokenAdmin",
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
}

# The warning that http redirect URIs are allowed: they are for loopback alone (redirect_uris.py).
SILENCED_SYSTEM_CHECKS = ["oauth2_provider.W008"]
# All its models are swapped, so its migrations make no table; they only take as long as all others.
MIGRATION_MODULES = {"oauth2_provider": None}

# Telling client apps that a session has ended: at once, before the person is answered, or by
# `manage.py db_worker`, which tries again where a client cannot be reached. And sending mail:
# accounts/mail/delivery.py.
TASKS_BACKEND = env.str("TASKS_BACKEND", "inline", validate=validate.OneOf(["inline", "database"]))
TASKS = {
    "default": {
        "inline": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"},
        "database": {"BACKEND": "django_tasks_db.DatabaseBackend"},
    }[TASKS_BACKEND]
}
# Seconds for telling all clients of one end; inline, the person waits that long at most.
WEBHOOK_SECONDS = env.float("WEBHOOK_SECONDS", 10)  # for a receiver to answer: accounts/webhooks
BACK_CHANNEL_LOGOUT_SECONDS = 2 if TASKS_BACKEND == "inline" else 5

# Domains of e-mail addresses, beside SITE_URL's host, whose people sign in here (RFC 7033).
WEBFINGER_DOMAINS: list[str] = env.list("WEBFINGER_DOMAINS", [])

# What browser-based apps may call from their own origin, by the beginning of the address:
# accounts/oauth_server/wire/cors.py. None of it looks at cookies.
CORS_FOR_ALL = ("/.well-known/", "/oauth/jwks/")
CORS_FOR_REGISTERED_ORIGINS = {
    "/oauth/token/": ["POST"],
    "/oauth/revoke/": ["POST"],
    "/oauth/device-authorization/": ["POST"],
    "/oauth/par/": ["POST"],
    "/oauth/userinfo/": ["GET", "POST"],
    "/oauth/register/": ["POST", "GET", "PUT", "DELETE"],
    "/api/v1/": ["GET", "POST", "PUT", "PATCH", "DELETE"],
    "/mcp": ["POST"],
}

# --- API --------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [
        "api.permissions.HasScope",
        "api.permissions.SignedInWellEnough",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.negotiation.JSONAtOnce",
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS: api/resource.py
    "DEFAULT_SCHEMA_CLASS": "api.schema.ResourceSchema",
    "URL_FORMAT_OVERRIDE": None,  # ?format= is a parameter like any other
    "EXCEPTION_HANDLER": "api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{SITE_NAME} API",
    "DESCRIPTION": "What apps and scripts may read and change on behalf of the person who let them "
    "in. Answers are JSON. Every error is a problem document (RFC 9457) whose type is the address "
    "of a page that says why it happens and what to do. Members may be added: leave alone those "
    "that you do not know.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVERS": [{"url": SITE_URL, "description": SITE_NAME}],
    "CONTACT": {"name": f"Developers’ pages of {SITE_NAME}", "url": f"{SITE_URL}/developers/"},
    "COMPONENT_SPLIT_REQUEST": True,  # of a body, unknown members are refused; of an answer not
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.schema.complete",
    ],
}

# Whether a person's own part of the API is served as tools of the Model Context Protocol, at /mcp:
# api/mcp/.
MCP = env.bool("MCP", False)

# What opens a person's profile at a connected third party, beside its scope (RFC 9470).
CONNECTION_PROFILE_MAX_AGE = timedelta(hours=env.int("CONNECTION_PROFILE_MAX_AGE_HOURS", 24))
CONNECTION_PROFILE_SECOND_FACTOR = env.bool("CONNECTION_PROFILE_SECOND_FACTOR", False)

# --- Operations -------------------------------------------------------------

LOGGING = logs.configure(level=env.str("LOG_LEVEL", "INFO"), as_json=env.bool("LOG_JSON", True))
DELETION_COOLING_OFF_DAYS = env.int("DELETION_COOLING_OFF_DAYS", 14)  # 0: deleted at once
# 0: off. The task worker has the next one: config/metrics.py.
METRICS_PORT = env.int("METRICS_PORT", 0, validate=validate.Range(min=0, max=65_534))
METRICS_HOST = env.str("METRICS_HOST", "127.0.0.1")
EVENT_RETENTION_DAYS = env.int("EVENT_RETENTION_DAYS", 365)  # security events
