"""Serve resources guarded by bearer tokens. Verifies tokens, never issues them."""
