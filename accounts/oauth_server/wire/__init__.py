"""Forms and JSON in, answers out: what every endpoint of the oauth server shares."""
