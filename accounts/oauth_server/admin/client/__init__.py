"""Manage client apps: the page of one in Django admin, and the pages that it leads to."""
