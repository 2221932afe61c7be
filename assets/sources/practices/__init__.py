"""The practice register: practice records, and the two readings that code them."""
