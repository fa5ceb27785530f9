"""Do what people may do with their own account: for its pages and for the API, in the same way."""
