"""Manage people, third parties and what has ended from the command line."""
