"""Explains a value: its input rows, their files and their sources."""
