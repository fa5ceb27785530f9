"""The schema of what the authorization server remembers, step by step."""
