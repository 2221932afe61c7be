"""Fuzzing of the parsers of landed files: `python -m tests.fuzz`."""
