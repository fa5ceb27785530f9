"""The schema of what is remembered of people, step by step."""
