"""Set up the site as it is, with the plain views beside it, which production does not have."""

import bench.production  # noqa: F401 (before anything looks for what that hides)
from config.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "bench.plain"]  # noqa: F405
ROOT_URLCONF = "bench.urls"
