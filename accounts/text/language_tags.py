"""Bound language tags (BCP 47), such as pt-BR."""

LONGEST = 35  # characters: what RFC 5646 section 4.4.1 has everybody hold
