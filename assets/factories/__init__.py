"""Makes Dagster assets of tables: recipes, steps, checks, asset specs and run metadata.

The content of tables is in `assets.sources`, `assets.tables` and `sql/`.
"""
