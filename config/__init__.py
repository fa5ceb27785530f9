"""Wire the parts: settings, root URLs, WSGI. No behaviour lives here."""

VERSION = "0.1.0"  # as in pyproject.toml
