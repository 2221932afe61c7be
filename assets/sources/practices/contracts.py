"""Contracts of the practice register (codebook: method.md section 2)."""

import dataframely as dy
import polars as pl

from assets.ingest.patterns import PARTIAL_DATE

TYPE = "(A1|A2|A3|I1|I2|I3|C1|C2)"
RECOMMENDATION = "(A1|A2|A3|I1|I2|I3|C1|C2|C3)"
RISK = "(inequalities|fatigue|finances|short_termism|formalisation)"
LESSON = "(work_locally|foster_innovation|long_term_planning|space_for_collaboration)"
SECTOR = "^(council|other_public|vcse|community_business|informal_group|business|party|funder)$"
AREA = r"^(E0[6789]|E10|W06|S12|N09)\d{6}$"


def several(value: str) -> str:
    """Return the pattern of one or more values joined by semicolons."""
    return f"^{value}(;{value})*$"


class Practice(dy.Schema):
    """A practice record: what was done, where and by whom, with its location in the report."""

    source_row = dy.Int64()
    practice_id = dy.String(primary_key=True, regex=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    locality_code = dy.String(regex=AREA)
    place = dy.String()
    geo_precision = dy.String(regex="^(lad|sub_lad|upper_tier)$")
    practice_name = dy.String()
    summary = dy.String()
    lead_actor = dy.String(nullable=True)
    lead_side = dy.String(regex="^(institution|community|joint|unknown)$")
    lead_sector = dy.String(nullable=True, regex=SECTOR)
    is_reaching_less_heard = dy.Bool()
    anchor = dy.String()
    document = dy.String()
    document_sha256 = dy.String(regex="^[0-9a-f]{64}$")
    line_start = dy.Int64(min=1)
    line_end = dy.Int64(min=1)
    is_case_study = dy.Bool()


class PracticePartner(dy.Schema):
    """An organisation named together with a practice."""

    source_row = dy.Int64()
    practice_id = dy.String(primary_key=True)
    partner_number = dy.Int64(primary_key=True, min=1)
    partner_name = dy.String()
    sector = dy.String(regex=SECTOR)


class PracticeQuantity(dy.Schema):
    """A quantity that the report gives for a practice."""

    source_row = dy.Int64()
    practice_id = dy.String(primary_key=True)
    quantity_number = dy.Int64(primary_key=True, min=1)
    value = dy.Float64()
    unit = dy.String()
    quantity_of = dy.String()


class PracticeReading(dy.Schema):
    """The codes of a practice in one reading, or the agreed codes."""

    source_row = dy.Int64()
    practice_id = dy.String(primary_key=True)
    reading = dy.String(primary_key=True, regex="^(first|second|agreed)$")
    primary_type = dy.String(regex=f"^{TYPE}$")
    other_types = dy.String(nullable=True, regex=several(TYPE))
    side = dy.String(regex="^(institution|community|joint)$")
    origin = dy.String(regex="^(accelerated|emergent|unknown)$")
    durability = dy.String(regex="^(robust|fragile|unknown)$")
    status = dy.String(regex="^(active|ended|planned|unknown)$")
    status_as_of = dy.String(regex=PARTIAL_DATE)
    risks = dy.String(nullable=True, regex=several(RISK))
    recommendations = dy.String(nullable=True, regex=several(RECOMMENDATION))
    lessons = dy.String(nullable=True, regex=several(LESSON))
    evidence_grade = dy.String(regex="^E[0-5]$")
    confidence = dy.String(regex="^(low|medium|high)$")

    @dy.rule()
    def primary_type_is_no_other_type(cls) -> pl.Expr:
        """The primary type is not among the other types."""
        return ~pl.col("other_types").str.split(";").list.contains(pl.col("primary_type")).fill_null(False)


class PracticeStatus(dy.Schema):
    """The status of a practice on a public page after the report."""

    source_row = dy.Int64()
    practice_id = dy.String(nullable=True)
    locality_code = dy.String(regex=AREA)
    kind = dy.String(regex="^(practice|successor|context)$")
    subject = dy.String()
    status = dy.String(regex="^(active|changed|ended|planned|unknown)$")
    status_as_of = dy.String(nullable=True, regex=PARTIAL_DATE)
    status_as_of_precision = dy.String(regex="^(day|month|year|unknown)$")
    is_date_inferred = dy.Bool()
    is_completion = dy.Bool()
    finding = dy.String()
    source_title = dy.String(nullable=True)
    source_url = dy.String(nullable=True)
    confidence = dy.String(regex="^(low|medium|high)$")


class PracticeSearch(dy.Schema):
    """An entry of the search log: who searched which document for practices of a locality, and the result."""

    source_row = dy.Int64()
    search_id = dy.String(primary_key=True)
    locality_code = dy.String(primary_key=True, regex=AREA)
    searched_on = dy.Date()
    searched_by = dy.String()
    method = dy.String()
    document_title = dy.String()
    result = dy.String(regex="^(recorded|none_found)$")


class PracticeLink(dy.Schema):
    """A record of the report and a record of the national scan that are about the same practice."""

    source_row = dy.Int64()
    study_practice_id = dy.String(primary_key=True)
    scan_practice_id = dy.String(primary_key=True)
    basis = dy.String()
    confidence = dy.String(regex="^(low|medium|high)$")
