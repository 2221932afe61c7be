"""Runs the queries of `sql/` on Apache Spark, for tables that one machine is too small for."""
