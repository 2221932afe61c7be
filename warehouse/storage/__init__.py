"""Storage: the home, landed files, the table store, and how files and DuckDB are opened. Imports no higher layer."""
