"""The indices of deprivation of the four nations by small area."""
