"""The reference records that ship with the project."""
