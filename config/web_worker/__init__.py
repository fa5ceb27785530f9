"""Serve HTTP in a process of gunicorn's: read requests, answer them in threads, hold nobody up."""
