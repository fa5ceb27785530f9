"""Issue tokens, find and lock them when presented, detect replays, revoke them."""
