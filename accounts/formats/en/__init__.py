"""Format dates in English."""
