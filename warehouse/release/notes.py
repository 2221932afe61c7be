"""Formats a comparison of editions as Markdown: `CHANGES.md` of an edition, and the comparison of any two."""

from collections import Counter
from collections.abc import Iterable

from warehouse.catalogue import figure
from warehouse.release.diff_model import Comparison, Largest, ValueChanges
from warehouse.release.release import EditionRelease
from warehouse.release.value_diff import BANDS, CHANGE_TABLE

SHOWN_MOVES = 100


def release_notes(release: EditionRelease) -> str:
    """Return `CHANGES.md`: the version, the reasons for it, and the changes since the previous edition."""
    lines = [f"# Changes in version {release.version}", ""]
    if release.comparison is None:
        return "\n".join([*lines, *(f"{_sentence(reason)}" for reason in release.why)]) + "\n"
    lines += [f"Compared with {release.comparison.older.label}.", ""]
    lines += [f"- {_sentence(reason)}" for reason in release.why]
    if release.sign_off:
        lines += ["", f"> Signed off: {release.sign_off}"]
    return "\n".join([*lines, "", *_sections(release.comparison)]) + "\n"


def comparison_notes(comparison: Comparison) -> str:
    """Return the changes between two editions as Markdown."""
    lines = [f"# {_sentence(comparison.newer.label, '')} compared with {comparison.older.label}", ""]
    lines += [f"- {_sentence(f'{level}: {reason}')}" for level, reason in comparison.reasons()]
    return "\n".join([*lines, "", *_sections(comparison)]) + "\n"


def _sections(comparison: Comparison) -> list[str]:
    sections = (
        ("Input and code", _input(comparison)),
        ("Tables and columns", _tables(comparison)),
        ("Metrics", _metrics(comparison)),
        ("Values", _values(comparison)),
        ("Localities that moved to another fifth", _moves(comparison)),
        ("Rows", _rows(comparison)),
    )
    return [line for title, body in sections for line in (f"## {title}", "", *body, "")][:-1]


def _input(comparison: Comparison) -> list[str]:
    older, newer = comparison.older, comparison.newer
    lines = [
        f"- {item.source_id}: {_counted({'new': item.new_files, 'removed': item.gone_files}, 'file')}"
        for item in comparison.files
    ]
    if older.as_of != newer.as_of:
        lines.append(f"- As-of date: {older.as_of} → {newer.as_of}")
    is_same = older.code_version == newer.code_version
    code = "unchanged" if is_same else f"{older.code_version} → {newer.code_version}"
    return [*(lines or ["- Files: unchanged"]), f"- Queries, catalogue and code: {code}"]


def _tables(comparison: Comparison) -> list[str]:
    lines = [f"- {name}: added" for name in comparison.tables_added]
    lines += [f"- {name}: removed" for name in comparison.tables_removed]
    lines += [f"- {item.table}.{item.column}: {item.what}" for item in comparison.columns]
    return lines or ["No changes."]


def _metrics(comparison: Comparison) -> list[str]:
    said = {"method": "method changed", "words": "wording changed"}
    lines = [
        f"- {item.metric_id}: {said.get(item.kind, item.kind)}{f' ({item.what})' if item.what else ''}"
        for item in comparison.metrics
    ]
    return lines or ["No changes."]


def _values(comparison: Comparison) -> list[str]:
    if not comparison.values:
        return ["No changes."]
    headings = ["metric", "added", "changed", "withdrawn", "state changed", "cause", "largest change"]
    return [
        *_table(headings, map(_value_cells, comparison.values)),
        "",
        f"`{CHANGE_TABLE}` lists every change.",
    ]


def _value_cells(item: ValueChanges) -> list[str]:
    counts = (item.added, item.changed, item.withdrawn, item.restated)
    causes = ", ".join(f"{cause} {number:,}" for cause, number in item.causes.items())
    return [item.metric_id, *(f"{count:,}" for count in counts), causes, _largest(item.largest)]


def _largest(largest: Largest | None) -> str:
    if largest is None:
        return ""
    return (
        f"{largest.locality_name}, {largest.period}: "
        f"{figure(_number(largest.old_value), largest.unit)} → {figure(_number(largest.new_value), largest.unit)}"
    )


def _moves(comparison: Comparison) -> list[str]:
    if not comparison.moves:
        return [f"No moves among {comparison.localities_n:,} localities."]
    causes = Counter(move.cause for move in comparison.moves)
    lines = [
        f"{comparison.moved_n:,} of {comparison.localities_n:,} localities moved to another fifth of their comparable "
        f"group; {comparison.moved_without_input_n:,} of them ({comparison.moved_without_input_share:.1%}) moved "
        f"without an input change. Moves by cause: "
        f"{', '.join(f'{cause} {n:,}' for cause, n in sorted(causes.items()))}.",
        "",
        *_table(
            ["metric", "locality", "period", f"fifth of {BANDS}", "cause"],
            (
                [move.metric_id, move.locality_name, move.period, f"{move.old_band} → {move.new_band}", move.cause]
                for move in comparison.moves[:SHOWN_MOVES]
            ),
        ),
    ]
    if more := comparison.moves[SHOWN_MOVES:]:
        lines += ["", f"{len(more):,} more moves are in `{CHANGE_TABLE}`."]
    return lines


def _rows(comparison: Comparison) -> list[str]:
    if not comparison.rows:
        return ["No changes."]
    return _table(
        ["table", "rows before", "rows now", "added", "withdrawn", "changed"],
        (
            [item.table, f"{item.before:,}", f"{item.after:,}"]
            + ["" if count is None else f"{count:,}" for count in (item.added, item.withdrawn, item.changed)]
            for item in comparison.rows
        ),
    )


def _table(headings: list[str], rows: Iterable[list[str]]) -> list[str]:
    cells = [headings, ["---"] * len(headings), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in cells]


def _counted(counts: dict[str, int], what: str) -> str:
    return ", ".join(
        f"{number:,} {word} {what}{'' if number == 1 else 's'}" for word, number in counts.items() if number
    )


def _number(value: float) -> str:
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def _sentence(text: str, end: str = ".") -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(end) else end)
