"""What runs, with what, and when. The only package that configures Dagster; nothing here computes data."""
