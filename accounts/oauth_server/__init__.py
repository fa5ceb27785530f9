"""This site's own authorization server: django-oauth-toolkit (DOT) made strict."""
