"""Two vintages of the file of every source that is landed: the second differs in one cell.

The files are synthetic, but for the indices of deprivation where they are `whole`: a build checks that those rank every
area, so they have the real figures of ../shared/data.
"""

import csv
import io
from dataclasses import replace

from tests.faults.test_schema_drift import SAMPLES, Rows, Sample, as_csv
from tests.support.sample_files import DATA, nimdm_rows, rebuilt_file_7, simd_rows
from warehouse.catalogue import sources

AMOUNT = ("amountAwarded", "9000")
# The column that differs, and what the first row has there in the second vintage.
CHANGED = {
    "wimd2025": ("Income", "3"),
    "iod2025": ("Income Score (rate)", "0.5"),
    "simd2020": ("SIMD2020v2_Income_Domain_Rank", "3"),
    "nimdm2017": ("Income Domain Rank (where 1 is most deprived)", "3"),
    "nomis_population": ("OBS_VALUE", "20123"),
    "shs_cube": ("Value", "61"),
    "scotpho_shs": ("measure", "34"),
    "cls2023": ("2024/25 Percentage (%)", "22"),
    "cls2024": ("2024/25 Percentage (%)", "22"),
    "ons_area_lookup": ("LAD25NM", "Another name"),
    "ons_localities": ("LAD25NM", "Another name"),
    "ons_code_history": ("GEOGNM", "Another name"),
    "statswales_label": ("description", "Another name"),
    "statswales_cohesion": ("Data values", "44"),
    "statswales_influence": ("Data values", "44"),
    "statswales_local_authority": ("Data values", "44"),
    "statswales_deprivation": ("Data values", "44"),
    "statswales_population": ("Data values", "44"),
    "statswales_wimd2025": ("Data values", "3"),
    "threesixtygiving": ("Amount Awarded", "9000"),
    "threesixtygiving_api": AMOUNT,
    "threesixtygiving_grantnav": AMOUNT,
    "threesixtygiving_covid2020": AMOUNT,
}
TIDY = {source.id: source.tidy.value for source in sources().values() if source.tidy}
CHANGED |= {name: (heading, "7.1") for name, heading in TIDY.items()}
# Sources of figures whose publishers' revisions are listed, with the column of staging that holds the figure.
REVISED = {
    "wimd2025": "income_rank",
    "iod2025": "income_score",
    "simd2020": "income_rank",
    "nimdm2017": "income_rank",
    "statswales_wimd2025": "income_rank",
    "nomis_population": "population_persons",
    **dict.fromkeys(("shs_cube", "scotpho_shs", "cls2023", "cls2024"), "value"),
    **dict.fromkeys(TIDY, "value"),
    **{name: "value" for name in CHANGED if name.startswith("statswales_") and CHANGED[name][1] == "44"},
}


def vintages(source_id: str, *, is_whole: bool = False) -> tuple[bytes, bytes]:
    """Return the older and the newer file of a source; `is_whole` asks for all areas of an index of deprivation."""
    sample = WHOLE[source_id]() if is_whole and source_id in WHOLE else SAMPLES[source_id]
    heading, value = CHANGED[source_id]
    (at,) = [number for number, name in enumerate(sample.rows[0]) if " ".join(name.split()) == heading]
    # The overall ranks of an index are all different; StatsWales prints that of an area before those of its domains.
    number = 2 if source_id == "statswales_wimd2025" else 1
    row = sample.rows[number]
    assert str(row[at]) != value
    changed = [*sample.rows[:number], [*row[:at], value, *row[at + 1 :]], *sample.rows[number + 1 :]]
    return sample.write(sample.rows), sample.write(changed)


def _rows(text: str) -> Rows:
    return list(csv.reader(io.StringIO(text, newline="")))


def _wimd_rows() -> Rows:
    return _rows((DATA / "wimd" / "wimd2025_raw_ranks_by_small_area.csv").read_text("utf-8-sig"))


def _statswales_wimd() -> Sample:
    """The ranks of Wales as StatsWales prints them, each an observation."""
    headings, *areas = _wimd_rows()
    domains = ["WIMD", *(name.strip() for name in headings[4:12])]
    rows = [
        [rank, "Rank", area[0], area[1], domain]
        for area in areas
        if area[0]
        for domain, rank in zip(domains, area[3:12], strict=True)
    ]
    return Sample([SAMPLES["statswales_wimd2025"].rows[0], *rows], as_csv)


WHOLE = {
    "wimd2025": lambda: Sample(_wimd_rows(), as_csv),
    "iod2025": lambda: Sample(_rows(rebuilt_file_7().decode("utf-8-sig")), as_csv),
    "simd2020": lambda: replace(SAMPLES["simd2020"], rows=simd_rows()),
    "nimdm2017": lambda: Sample(nimdm_rows(), as_csv),
    "statswales_wimd2025": _statswales_wimd,
}
