"""Issue this site's own tokens: django-oauth-toolkit (DOT) made strict."""
