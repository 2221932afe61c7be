"""Readers of published files, validation by contracts, and quarantine. Does not import Dagster."""
