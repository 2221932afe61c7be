"""Patterns of codes, dates and addresses that several contracts use; importing the contracts themselves takes long."""

LOCALITY = r"^(E0[6789]|W06|S12|N09)\d{6}$"
LOCALITIES = rf"^{LOCALITY[1:-1]}(;{LOCALITY[1:-1]})*$"
WEB_ADDRESS = r"^https?://"
PARTIAL_DATE = r"^\d{4}(-\d{2}(-\d{2})?)?$"
