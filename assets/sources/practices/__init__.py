"""The practice register: records of what was done where, and the two readings that code them."""
