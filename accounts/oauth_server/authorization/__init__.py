"""Answer authorization requests (RFC 6749 section 3.1): request, interaction, consent, response."""
