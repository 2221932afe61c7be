"""Serves editions over HTTP, read-only: their files (`files`) and a data API over their DuckDB files (`api`).

`app` joins both. The server process is in `orchestration.cli.serve`; nothing here writes or imports Dagster.
"""
