"""Plain text: cleaned, compared, searched."""
