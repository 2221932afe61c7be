"""What parsing must yield: one dataframely schema for each staging table.

Importing dataframely takes over a second, so parsers import their contract when they run, not before.
"""
