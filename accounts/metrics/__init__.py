"""Measure what the site does, for Prometheus: `declared` names every metric, and `server` shows
them on a port of their own."""
