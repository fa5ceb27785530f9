"""The site as gunicorn serves it in the bench: as ever, with the bare view beside it."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
settings.ROOT_URLCONF = "bench.urls"

application = get_wsgi_application()
