"""Formats an explanation as text for a terminal."""

import textwrap
from typing import Any

from warehouse.catalogue import WHOLE, figure, unit_label
from warehouse.explain.explanation import CITED, Explanation, Value
from warehouse.explain.used_rows import PROVENANCE
from warehouse.explain.value_statistics import number
from warehouse.storage.landing import address_text

WIDTH = 110


def to_text(explanation: Explanation) -> str:
    """Return the explanation as text for a terminal."""
    metric, place, breakdown = explanation.metric, explanation.place, explanation.breakdown
    asked = f", requested as {place.asked!r}" if place.asked not in (place.code, place.name) else ""
    lines = [
        f"{metric.metric_name} ({metric.metric_id})",
        *([f"Breakdown: {breakdown.name} ({breakdown.code})"] if breakdown.code != WHOLE else []),
        f"{place.name} ({place.code}, {place.nation}){asked}",
        f"Edition {explanation.edition_id}",
        "",
        *_wrapped("Definition", metric.definition),
        *_wrapped("Formula", metric.formula),
        *_wrapped("Unit", unit_label(metric.unit)),
        *_wrapped("Method", f"{metric.method_source} (version {metric.method_version})"),
        "",
        "Values" if explanation.values else f"The edition has no value of this metric for {place.name}.",
        *[line for value in explanation.values for line in _value_lines(value)],
    ]
    if breakdown.others:
        lines += ["", *_wrapped("Other breakdowns, for --breakdown", ", ".join(breakdown.others))]
    if len(explanation.values) > 1:
        lines += ["", f"The rows below explain the value of {explanation.explained}. For another period, use --period."]
    found = [part for part in explanation.inputs if part.total or part.absent]
    for part in found or explanation.inputs:
        lines += ["", *_filled(f"Rows of {part.table} where {part.condition}: {part.total:,}", other="  ")]
        lines += [f"  {part.absent}"] if part.absent else []
        lines += [line for order, row in enumerate(part.rows, start=1) for line in _row_lines(order, row)]
        if part.total > len(part.rows):
            lines.append(f"  ... and {part.total - len(part.rows):,} more")
    if explanation.values and not explanation.inputs:
        lines += ["", "The catalogue lists no input rows for this metric."]
    if explanation.statistics:
        compared = explanation.statistics.compared
        lines += ["", f"Statistics of the value of {explanation.explained} (metrics.value_statistic)"]
        lines += [line for said in explanation.statistics.lines() for line in _filled(said, first="  ", other="    ")]
        lines += _filled(f"Localities compared, {compared.condition}: {compared.total:,}", other="  ")
        lines += [line for order, row in enumerate(compared.rows, start=1) for line in _row_lines(order, row)]
        if compared.total > len(compared.rows):
            lines.append(f"  ... and {compared.total - len(compared.rows):,} more")
    lines += [
        "",
        "Files" if explanation.files else "No input file. The value is computed from other tables of the edition only.",
    ]
    for file in explanation.files:
        landed = f"landed {file.landed_at:%Y-%m-%d %H:%M} UTC" if file.landed_at else "ships with the project"
        lines += [
            f"  {file.file_name} ({file.source_id}; {landed}; licence {file.licence_id})",
            f"    sha256 {file.file_sha256}",
            f"    from   {address_text(file.address)}",
        ]
    lines += ["", "Sources" if explanation.sources else "No source."]
    for source in explanation.sources:
        lines += _wrapped(source.source_id, f"{source.source_title}, {source.publisher}")
        lines += [f"    {source.landing_page}", *_filled(source.attribution, first="    ", other="    ")]
    return "\n".join(lines) + "\n"


def _wrapped(label: str, text: str) -> list[str]:
    """Return a labelled text, wrapped to `WIDTH`."""
    return _filled(f"{label}: {text}", first="  ", other="    ")


def _filled(text: str, *, first: str = "", other: str) -> list[str]:
    wrapper = textwrap.TextWrapper(WIDTH, first, other, break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(text)


def _value_lines(value: Value) -> list[str]:
    """Return the lines of a value: interval or reason for none, state, reliability, coverage and age."""
    said = "no value" if value.value is None else figure(number(value.value), value.unit)
    if value.lci is None or value.uci is None:
        interval = f"no interval ({value.ci_method})"
    else:
        level = f"{value.ci_level:.0%} " if value.ci_level else ""
        interval = f"{level}interval {number(value.lci)} to {number(value.uci)} ({value.ci_method})"
    notes = [f"state {value.state}" + (f": {value.state_reason}" if value.state_reason else "")]
    notes += [f"reliability {value.reliability}"] if value.reliability else []
    notes += [f"coverage {value.coverage:.0%}"] if value.coverage is not None else []
    notes += [f"{value.staleness_days:,} days old"] if value.staleness_days is not None else []
    return [f"  {value.period}: {said}; {interval}", *_filled("; ".join(notes), first="    ", other="    ")]


def _row_lines(order: int, row: dict[str, Any]) -> list[str]:
    """Return the lines of a row: its non-null cells, and its file and row number."""
    apart = (*PROVENANCE, *CITED)
    cells = [f"{name} {_cell(cell)}" for name, cell in row.items() if cell is not None and name not in apart]
    lines = _filled("; ".join(cells), first=f"  {order}. ", other="     ")
    if row.get("file_sha256"):
        of_file = f"{row['source_id']} {row['file_sha256'][:12]}"
        place = row.get("source_row")
        lines.append(f"     from several rows of {of_file}" if place is None else f"     row {place} of {of_file}")
    if row.get("cited_title"):
        lines += _filled(f"from {row['cited_title']}", first="     ", other="     ")
        lines += [f"     {row['cited_url']}"] if row.get("cited_url") else []
    return lines


def _cell(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    return number(cell) if isinstance(cell, float) else str(cell)
