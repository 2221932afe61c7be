"""Contracts of the look-ups from small areas, wards and postcodes to local authorities."""

import dataframely as dy

LOCAL_AUTHORITY = r"^(E0[6-9]|W06|S12|N09)\d{6}$"


class AreaLookup(dy.Schema):
    """A small area or ward and the one local authority, as coded in the look-up, that it lies in."""

    source_row = dy.Int64(min=1)
    area_code = dy.String(primary_key=True, regex=r"^[EWSN]\d{8}$")
    area_kind = dy.String(primary_key=True, regex="^(lsoa|ward|data_zone)$")
    lad_code = dy.String(regex=LOCAL_AUTHORITY)
