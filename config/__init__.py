"""How the parts are wired: settings, root URLs, WSGI. No behaviour lives here."""
