"""Carry clients, third parties and groups between this site and one YAML file, both ways."""
