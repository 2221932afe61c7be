"""The experimental composite and its what-if: an optional part, off unless it is switched on."""
