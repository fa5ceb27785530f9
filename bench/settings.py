"""The settings of the site, with the plain views beside it, which production does not have."""

from config.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "bench.plain"]  # noqa: F405
ROOT_URLCONF = "bench.urls"
