"""Mail links that are good once: invitations, and those by which an admin helps into an account."""
