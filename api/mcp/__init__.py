"""Serve what the API has of a person's own as tools of the Model Context Protocol, at /mcp."""
