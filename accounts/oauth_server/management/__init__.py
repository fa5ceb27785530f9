"""Manage clients and signing keys from the command line."""
