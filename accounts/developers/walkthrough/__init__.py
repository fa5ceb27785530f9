"""Perform the seven steps on a page, by this site's own endpoints, and undo all of it."""
