"""Know addresses, places and browsers, and call others by bounded HTTP."""
