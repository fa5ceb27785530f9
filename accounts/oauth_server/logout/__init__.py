"""Log people out: RP-initiated (its request) and back-channel (notifying clients)."""
