"""Examine the running site: what was checked, what was found, and what to do. For
`manage.py doctor` and its page in Django admin."""
