"""Many nodes as one: the topology of compose.yaml from installed packages, and tests of it."""
