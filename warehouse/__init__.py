"""Storage, files and the catalogue: importable and usable without Dagster."""
