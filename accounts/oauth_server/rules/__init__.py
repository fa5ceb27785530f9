"""Decide what needs no row: credentials, scopes, redirect URIs, names, sectors."""
