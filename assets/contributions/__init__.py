"""Practice records from contributors: template, check of a file, adding records, and check of their addresses."""
