"""Put people into groups and take them out: by an admin's hand, or by rules that an admin wrote."""
