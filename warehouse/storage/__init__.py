"""Storage: the home, landed files, the table store, and how files and DuckDB are opened. Knows nothing above it."""
