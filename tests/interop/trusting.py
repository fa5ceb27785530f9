"""The site's application, trusting the certificate of the tests' own web server: which authorities
there are is all that is different (CERTIFICATE)."""

import os

import requests.adapters

from config.wsgi import application  # noqa: F401

requests.adapters.DEFAULT_CA_BUNDLE_PATH = os.environ["CERTIFICATE"]
