"""Serve the pages of a person's account: one module for each, found by the page's name."""
