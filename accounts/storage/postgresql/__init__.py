"""Keep connections to PostgreSQL: Django's own database backend, with what the site asks beyond."""
