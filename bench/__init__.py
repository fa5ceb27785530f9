"""Measure how fast the site answers, next to a stock toolkit site: `make bench`."""
