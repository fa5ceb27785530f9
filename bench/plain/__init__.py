"""Serve the same few views on this site and on the stock one: what the framework itself takes."""
