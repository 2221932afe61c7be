"""Parsers of publishers' files: one package or module for each publisher.

Parsers are pure functions from bytes to rows and do not import Dagster. `assets.factories.staging` makes staging tables
of the rows.
"""
