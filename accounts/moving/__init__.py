"""Take over people from another server, with the hashes of their passwords."""
