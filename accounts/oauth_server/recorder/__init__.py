"""Record what one client sends and is answered, for an admin who asks why it does not work."""
