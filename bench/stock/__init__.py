"""Set up a site of Django and django-oauth-toolkit alone, set up as their documentation does it."""
