"""Authenticate clients (RFC 6749 section 2.3), and fetch what their registrations name."""
