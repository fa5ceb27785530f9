"""Client authentication (RFC 6749 section 2.3), and what is fetched from a client."""
