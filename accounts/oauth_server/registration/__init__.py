"""Register clients and manage their registrations (RFC 7591, RFC 7592)."""
