"""Know where a person was going when they were asked to sign in, and what the app wants of it."""
