"""The agreement of two readings that code the same practices."""

from typing import Any

import polars as pl

from warehouse.catalogue import tables
from warehouse.storage.table_store import POLARS_TYPES


def agreement(readings: pl.DataFrame) -> pl.DataFrame:
    """Return the agreement of two readings, one row for each axis, in the columns of metrics.practice_agreement.

    `readings` has practice_id, reading (first, second), axis and code, one row for each code; a practice with only one
    reading is left out. On axes with several codes the value of a practice is the whole set. `alpha` is Krippendorff's
    nominal alpha (Krippendorff 2004, Content Analysis, chapter 11), null if every practice has the same value, since no
    disagreement is then expected by chance; `alpha_lci` and `alpha_uci` are from
    `assets.uncertainty.agreement.alpha_interval`. `percent_agreement` is from 0 to 100.
    """
    # Only this table needs these modules, which take longer to import than the rest of the code location.
    import krippendorff
    import numpy as np

    from assets.uncertainty.agreement import alpha_interval

    sets = readings.group_by("practice_id", "reading", "axis").agg(pl.col("code").sort().str.join(";"))
    first, second = (sets.filter(pl.col("reading") == reading) for reading in ("first", "second"))
    both = first.join(second, on=["practice_id", "axis"]).select(
        "practice_id", "axis", first="code", second="code_right"
    )
    rows: list[dict[str, Any]] = []
    # Sorted, so that the resamples do not depend on the order of the rows.
    for (axis,), units in sorted(both.sort("practice_id").group_by("axis"), key=lambda group: str(group[0])):
        values = sorted({*units["first"], *units["second"]})
        numbers = [np.array([values.index(value) for value in units[reading]]) for reading in ("first", "second")]
        interval = alpha_interval(*numbers)
        rows.append(
            {
                "axis": axis,
                "units_n": units.height,
                "alpha": krippendorff.alpha(numbers, level_of_measurement="nominal") if len(values) > 1 else None,
                "alpha_lci": interval and interval.low,
                "alpha_uci": interval and interval.high,
                "draws_n": interval and interval.draws_n,
                "seed": interval and interval.seed,
                "percent_agreement": 100 * (units["first"] == units["second"]).sum() / units.height,
            }
        )
    schema = {column.name: POLARS_TYPES[column.type] for column in tables()["metrics.practice_agreement"].columns}
    return pl.DataFrame(rows, schema=schema)
