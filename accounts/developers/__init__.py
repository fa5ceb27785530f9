"""Teach developers how to use this site, on pages that are rendered from what the code uses."""
