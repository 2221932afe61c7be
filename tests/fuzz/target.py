"""What is fuzzed: the parser of a source, the files that it starts from, and how they are changed."""

import csv
import io
import json
import random
from copy import deepcopy
from typing import Any
from unittest.mock import patch

from assets.ingest.file_drift import profile
from assets.landing.ingest_file import judge
from tests.faults.test_schema_drift import SAMPLES, Sample
from warehouse.catalogue import sources
from warehouse.errors import RefusedFile

# Cells that files of the kind have held, or that break a reader which assumes too much.
CELLS = (
    *(
        "",
        " ",
        "0",
        "-0",
        "-1",
        "1e400",
        "1e-400",
        "NaN",
        "inf",
        "9" * 20,
        "1,234.5",
        "1.234,5",
        "£1",
        "25%",
    ),
    *("[x]", "[u] 5", "5 [u]", "..", "-", "*", "c", "NA", "'-5", "'=All", "=1+1", "#REF!", "#", "null", "None", "true"),
    *("2025-02-30", "04/13/2025", "31/12/1899", "2025", "2025-13", "0001-01-01", "9999-12-31", "2018-19", "201819"),
    *(
        "W06000015",
        "W92000004",
        "E08000003; E08000006",
        "E 08000035",
        "00DA",
        "E0800035",
        "Ynys Môn",
        "\u202eabc",
        "\ufeff",
    ),
    *("a" * 5000, '"', "\n", ",", "\x1f", "\U0001f600", "e\u0301", "SW1A 1AA", "360G-x", "GB-CHC-1", "{}", "[]"),
)
# The first bytes of XLSX and ODS.
WORKBOOK = b"PK"
Outcome = tuple[str, tuple[str, ...]]


def outcome(source_id: str, content: bytes) -> Outcome:
    """Return what the parser of a source makes of bytes: "refused", or "read" with the rules that were broken.

    Raises whatever the parser raises beside `RefusedFile`, and `AssertionError` for a row that is lost or doubled.
    """
    source = sources()[source_id].model_copy(update={"expected_rows": None})
    try:
        # A sample of an index is a few of its thousands of areas.
        with patch("assets.sources.deprivation.indices.require_whole", lambda source_id, table, intake: intake):
            read = judge(source, content)
    except RefusedFile:
        return "refused", ()
    profile(read)
    for table, found in read.items():
        accounted = found.kept.height + found.quarantined.height + found.rows_merged
        assert found.rows_in == accounted, f"{table}: {found.rows_in} rows in, {accounted} accounted for"
    return "read", tuple(sorted({rule for found in read.values() for rule in found.quarantined["rule"]}))


def seeds(source_id: str) -> list[bytes]:
    """Return the synthetic sample of a source as bytes, whole and with one record."""
    sample = SAMPLES[source_id]
    return [sample.write(sample.rows), sample.write(sample.rows[:2])]


def mutated(sample: Sample, content: bytes, luck: random.Random) -> bytes:
    """Return a file of a sample's kind with one to four changes of its cells, rows or columns.

    CSV and JSON are changed as they are; other kinds, which would only come out damaged, are written anew where the
    sample is of that kind.
    """
    if content[:1] in (b"{", b"["):
        return _changed_json(content, luck)
    if content[:2] == WORKBOOK:
        if not sample.write(sample.rows).startswith(WORKBOOK):
            return content
        return sample.write(_changed_rows([list(row) for row in sample.rows], luck))
    rows = list(csv.reader(io.StringIO(content.decode("utf-8", "replace"), newline="")))
    text = io.StringIO(newline="")
    csv.writer(text).writerows(_changed_rows(rows, luck))
    return text.getvalue().encode("utf-8", "replace")


def _changed_rows(rows: list[list[Any]], luck: random.Random) -> list[list[Any]]:
    def cell() -> None:
        row = luck.choice(rows)
        if row:
            row[luck.randrange(len(row))] = luck.choice(CELLS)

    def shorter() -> None:
        row = luck.choice(rows)
        del row[luck.randrange(len(row) + 1) :]

    def longer() -> None:
        luck.choice(rows).append(luck.choice(CELLS))

    def again() -> None:
        rows.insert(luck.randrange(len(rows) + 1), list(luck.choice(rows)))

    def gone() -> None:
        del rows[luck.randrange(len(rows))]

    def column_again() -> None:
        at = luck.randrange(max(map(len, rows)) or 1)
        for row in rows:
            row.extend(row[at : at + 1])

    def column_gone() -> None:
        at = luck.randrange(max(map(len, rows)) or 1)
        for row in rows:
            del row[at : at + 1]

    for _ in range(luck.randint(1, 4)):
        if rows:
            luck.choice((cell, cell, cell, shorter, longer, again, gone, column_again, column_gone))()
    return rows


def _changed_json(content: bytes, luck: random.Random) -> bytes:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return content
    values = (*CELLS, None, True, 0, -1.5, 10**30, [], {}, [[]], [{}], [None], ["a", {}], {"id": []})
    for _ in range(luck.randint(1, 4)):
        places: list[tuple[Any, Any]] = []
        waiting = [document]
        while waiting:
            item = waiting.pop()
            inner = (
                list(item.items())
                if isinstance(item, dict)
                else list(enumerate(item))
                if isinstance(item, list)
                else []
            )
            places += [(item, key) for key, _ in inner]
            waiting += [value for _, value in inner]
        if not places:
            break
        holder, key = luck.choice(places)
        change = luck.randrange(4)
        if change == 0:
            del holder[key]
        elif change == 1 and isinstance(holder, list):
            holder.append(deepcopy(holder[key]))
        elif change == 2:
            holder[key] = [holder[key]]
        else:
            # A copy: a list that is put into itself has no end.
            holder[key] = deepcopy(luck.choice(values))
    return json.dumps(document).encode("utf-8", "replace")
