"""Logout: RP-initiated (its request) and back-channel (what clients are told)."""
