"""Contracts of the look-ups from small areas and wards to local authorities, and of the ONS lists of authorities."""

import dataframely as dy

LOCAL_AUTHORITY = r"^(E0[6-9]|W06|S12|N09)\d{6}$"
SUPER_OUTPUT_AREA = r"\d{2}[A-Z]{2}\d{2}[A-Z]\d"


class AreaLookup(dy.Schema):
    """A small area or ward and its local authority, with the code of the look-up.

    Super output areas of Northern Ireland have their own codes, such as 95AA01S1.
    """

    source_row = dy.Int64(min=1)
    area_code = dy.String(primary_key=True, regex=rf"^([EWSN]\d{{8}}|{SUPER_OUTPUT_AREA})$")
    area_kind = dy.String(primary_key=True, regex="^(lsoa|ward|data_zone|soa)$")
    lad_code = dy.String(regex=LOCAL_AUTHORITY)


class OnsLocality(dy.Schema):
    """A local authority in a list of the ONS Open Geography Portal, with the year of the list."""

    source_row = dy.Int64(min=1)
    lad_code = dy.String(primary_key=True, regex=LOCAL_AUTHORITY)
    lad_name = dy.String()
    lad_name_cy = dy.String(nullable=True)
    list_year = dy.Int64(min=2001, max=2099)


class OnsCodeChange(dy.Schema):
    """An entry of the ONS Code History Database: an area and the area before it, by statutory instrument.

    A change of name or boundary may keep the code; a new area has no former code.
    """

    source_row = dy.Int64(min=1)
    new_code = dy.String(regex=LOCAL_AUTHORITY)
    new_name = dy.String(nullable=True)
    former_code = dy.String(nullable=True, regex=r"^[A-Z][0-9]{8}$")
    former_name = dy.String(nullable=True)
    entity_code = dy.String(regex="^(E0[6-9]|W06|S12|N09)$")
    operative_date = dy.Date()
    instrument_id = dy.String(nullable=True)
    instrument_title = dy.String(nullable=True)
