"""Format dates in Arabic."""
