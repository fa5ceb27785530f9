"""Migrations of a version to come, for an app that has none yet."""
