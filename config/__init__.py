"""Wire the parts: settings, root URLs, WSGI. No behaviour lives here."""
