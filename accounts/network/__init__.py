"""Addresses, places, browsers, and bounded HTTP to others."""
