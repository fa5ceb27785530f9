"""What can be decided without a row: credentials, scopes, redirect URIs, names, sectors."""
