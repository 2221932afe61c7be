"""Storage: how the warehouse opens and keeps its data."""
