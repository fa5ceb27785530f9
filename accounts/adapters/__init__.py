"""Tell allauth how signing in works here: a module for each app of its."""
