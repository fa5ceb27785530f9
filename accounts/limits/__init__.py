"""Limit how often a person, a client or an address may try, and answer beyond it."""
