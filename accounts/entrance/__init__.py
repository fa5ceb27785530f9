"""Signing in and up: pages, mailed codes, passwords, proving once more who one is."""
