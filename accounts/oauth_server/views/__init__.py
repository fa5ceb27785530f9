"""Answer at the authorization server's endpoints, one module each."""
