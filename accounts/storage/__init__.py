"""How values are stored: rows by hand-written statements, sealed columns, the cache."""
