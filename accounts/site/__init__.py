"""Frame every page: branding, language, headers, error pages."""
