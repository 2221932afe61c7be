"""How tables become Dagster assets: recipes, the steps that carry them out, records of checks."""
