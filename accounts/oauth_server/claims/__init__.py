"""Claims about a person (OpenID Connect Core section 5): which are released, and their subject."""
