"""What the settings read, for tests: loaded by pytest (`-p tests.environment`) before Django.

DATABASE_URL alone is taken as it comes: it chooses the database that the tests run on.
"""

import atexit
import gc
import os
import shutil
import tempfile
from pathlib import Path

import pytest

# Nearly all that is loaded and collected stays: tests/conftest.py begins to look for garbage then.
gc.disable()

DATA_DIR = tempfile.mkdtemp(prefix="latchkey-tests-")
os.mkdir(f"{DATA_DIR}/static")  # WhiteNoise warns of a missing one
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)

os.environ.update(
    {
        "SECRET_KEY": "known-to-all-and-good-for-nothing-but-tests",
        "SITE_URL": "http://testserver",
        "ENCRYPTION_KEYS": "Z29vZC1mb3Itbm90aGluZy1idXQtdGVzdHMtcmVhbGw=",
        "DATA_DIR": DATA_DIR,
        "EMAIL_URL": "memory://",
        "MAIL_THREADS": "0",
        "STATICFILES_STORAGE": "django.contrib.staticfiles.storage.StaticFilesStorage",
        "LOG_LEVEL": "WARNING",
        "LOG_JSON": "false",
    }
)
for name in (
    "DEBUG",
    "SITE_NAME",
    "COOKIE_PREFIX",
    "ALLOWED_HOSTS",
    "TRUSTED_PROXIES",
    "PROVIDERS",
    *("BRAND_ACCENT", "BRAND_ACCENT_DARK", "BRAND_LOGO"),
    *("SUPPORT_ADDRESS", "TERMS_URL", "PRIVACY_URL"),
):
    os.environ.pop(name, None)


def pytest_configure(config: pytest.Config) -> None:
    """Name what is of one folder in one go. pytest (9.1) makes the folder anew each time that it
    comes back to it, and the new one knows nothing of the fixtures in its conftest.py.
    """
    config.args.sort(key=lambda arg: (Path(arg.partition("::")[0]).resolve().parts, arg))
