"""How tables become Dagster assets: recipes, the steps that carry them out, checks, specs and what a run shows.

What a table holds is not decided here: see `assets.sources`, `assets.tables` and `sql/`.
"""
