"""Editions: made, published, found, compared, kept or removed, and verified."""
