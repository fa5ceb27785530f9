"""Tokens: issued, found and locked when presented, replayed, revoked."""
