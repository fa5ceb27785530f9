"""The frame of every page: branding, language, headers, error pages."""
