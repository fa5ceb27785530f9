"""Store values: rows by hand-written statements, sealed columns, the cache."""
