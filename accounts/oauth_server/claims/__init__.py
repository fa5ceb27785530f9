"""Release claims about a person (OpenID Connect Core section 5), under the subject that a client
knows."""
