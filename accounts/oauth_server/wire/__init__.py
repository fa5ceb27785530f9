"""Read forms and JSON, and write answers: what every endpoint of the oauth server shares."""
