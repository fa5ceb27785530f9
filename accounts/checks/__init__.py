"""Check the configuration at start: what is wrong is said with an ID and a hint."""

from accounts.checks import branding as _branding  # noqa: F401 (each registers its own)
from accounts.checks import breached_passwords as _breached_passwords  # noqa: F401
from accounts.checks import database as _database  # noqa: F401
from accounts.checks import deployment as _deployment  # noqa: F401
from accounts.checks import encryption_keys as encryption_keys  # (AppConfig asks for it, too)
from accounts.checks import places as _places  # noqa: F401
from accounts.checks import second_factors as _second_factors  # noqa: F401
from accounts.checks import secret_files as _secret_files  # noqa: F401
from accounts.checks import sign_up as _sign_up  # noqa: F401
from accounts.checks import third_parties as _third_parties  # noqa: F401
from accounts.checks import user_names as _user_names  # noqa: F401
