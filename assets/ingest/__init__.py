"""Ingestion: from a publisher's bytes to rows of text and on to staging tables.

Here belong tabular readers, validation and quarantine, file drift and landing. What one publisher's file means
belongs to the module of its subject; nothing here imports Dagster.
"""
