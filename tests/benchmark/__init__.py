"""How long the slow parts take, beside a plain way to the same: `make bench`."""
