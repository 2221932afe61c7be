"""Checks suggested practices: every rule for the author of a file, with what to do.

Whether a record and its codes are valid is decided by the model and the contract with which the build reads them; the
rules here explain the same in the words of the form, and add what only holds for a contribution.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from assets.contributions.localities import Locality, localities
from assets.contributions.problems import Problem, shown
from assets.contributions.suggestion_files import Suggestion, read_suggestions
from assets.ingest.tabular import tidy
from assets.sources.practices.scan import ScanPartner, ScanRecord, read_scan
from warehouse.catalogue import Field, codebook, patterns, practice_fields, read_axes
from warehouse.errors import BadRecord
from warehouse.storage.landing import REFERENCE

RECORDS = REFERENCE / "practices" / "scan"
REGISTER = REFERENCE / "practices"
# The confidence belongs to the record and to the codes; a practice need not have further types.
CONFIDENCE, OPTIONAL_AXIS = "confidence", "other_types"
# A spreadsheet that opens the sheet of a reader would compute a cell that starts like this.
FORMULA = re.compile(r"[=+@-]")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
# Numbers of the United Kingdom: ten or eleven digits after 0 or +44, in groups or not.
TELEPHONE = re.compile(r"(?<![\w/])(?:\+44\s?\(?0?\)?|0)(?:[\s()-]?\d){9,10}(?!\w)")


@dataclass(frozen=True)
class Contribution:
    """A valid suggestion: the record without its id, its locality, and its codes by axis, or None if it is not coded.

    `corrects` is the id of the record that it corrects, empty for a new practice.
    """

    place: str
    locality: Locality
    values: dict[str, str]
    partners: tuple[tuple[str, str], ...]
    codes: dict[str, str] | None
    corrects: str

    def record(self, practice_id: str) -> ScanRecord:
        """Return the record under an id."""
        partners = [ScanPartner(name=name, sector=sector) for name, sector in self.partners]
        return ScanRecord.model_validate({"id": practice_id, **self.values, "partners": partners})


@dataclass(frozen=True)
class Checked:
    """Result of the check of a file."""

    contributions: tuple[Contribution, ...]
    problems: tuple[Problem, ...]

    @property
    def is_valid(self) -> bool:
        """Whether there are no problems but warnings."""
        return all(problem.is_warning for problem in self.problems)


def check_file(name: str, content: bytes, records: Path = RECORDS, today: date | None = None) -> Checked:
    """Return the valid suggestions of a file and all its problems.

    `records` is the folder of the records of the localities, with which titles and corrections are compared.
    """
    suggestions, problems = read_suggestions(name, content)
    if not suggestions and not problems:
        fix = "Fill in a row for each practice, under the names of the columns."
        return Checked((), (Problem("file", "", "at least one practice", "none", fix),))
    rules = _Rules(records, today or datetime.now(UTC).date())
    found: list[Contribution] = []
    for suggestion in suggestions:
        wrong = list(rules.problems(suggestion))
        problems += wrong
        if all(problem.is_warning for problem in wrong):
            found.append(rules.contribution(suggestion))
    problems += rules.repeats(found)
    return Checked(tuple(found), tuple(problems))


class _Rules:
    """The rules of a suggestion, with the records that are there already."""

    def __init__(self, records: Path, today: date) -> None:
        self._records, self._today = records, today
        self._localities = localities()

    def contribution(self, suggestion: Suggestion) -> Contribution:
        """Return a suggestion that has no problem."""
        values = {name: " ".join(text.split()) for name, text in suggestion.values.items()}
        locality = self._localities.find(values["locality"])
        assert locality is not None
        codes = codes_of(suggestion)
        fields = {
            name: values[name] for name in practice_fields() if name in values and name in ScanRecord.model_fields
        }
        return Contribution(
            suggestion.place,
            locality,
            fields | {CONFIDENCE: codes[CONFIDENCE]},
            tuple((" ".join(name.split()), _code("sector", sector)) for name, sector in suggestion.partners),
            codes if set(codes) != {CONFIDENCE} else None,
            values.get("corrects", ""),
        )

    def problems(self, suggestion: Suggestion) -> Iterator[Problem]:
        """Yield the problems of a row: of each column, of its codes together, and of the record as a whole."""
        found = [problem for field in practice_fields().values() for problem in self._of_field(field, suggestion)]
        found += problems_of_codes(suggestion)
        yield from found
        if all(problem.is_warning for problem in found):
            yield from self._of_record(suggestion)

    def _of_field(self, field: Field, suggestion: Suggestion) -> Iterator[Problem]:
        place, text = suggestion.place, suggestion.values.get(field.id, "")
        if field.kind == "partners":
            yield from _of_partners(suggestion)
        elif not text:
            if field.is_required:
                yield Problem(place, field.id, "a value", "nothing", field.hint_en)
        elif field.kind == "locality":
            if self._localities.find(text) is None:
                near = self._localities.near(text)
                fix = f"Did you mean {' or '.join(near)}?" if near else "Use the code of the local authority."
                yield Problem(place, field.id, "the name or code of one local authority", shown(text), fix)
        elif field.kind == "date":
            yield from _of_date(place, field, text, self._today)
        elif field.kind == "address":
            if not _is_web_address(text):
                yield Problem(place, field.id, "a web address", shown(text), field.hint_en)
        elif field.kind == "record":
            if text not in self._ids:
                near = get_close_matches(text, self._ids, n=1)
                fix = f"Did you mean {near[0]}?" if near else "Copy the id from the report, or leave the column empty."
                yield Problem(place, field.id, "the id of a record", shown(text), fix)
        else:
            yield from _of_text(place, field, text)

    def _of_record(self, suggestion: Suggestion) -> Iterator[Problem]:
        """Yield what the model of a record refuses, if the rules above have let it through."""
        contribution = self.contribution(suggestion)
        try:
            contribution.record(f"{contribution.locality.code}-c01")
        except ValidationError as error:
            for problem in error.errors():
                where = ".".join(map(str, problem["loc"]))
                got = shown(str(problem["input"]))
                yield Problem(suggestion.place, where, "a value that the build accepts", got, f"{problem['msg']}.")

    def repeats(self, contributions: list[Contribution]) -> Iterator[Problem]:
        """Yield the new practices whose title another practice of the locality has."""
        new = [item for item in contributions if not item.corrects]
        times = Counter((item.locality.code, tidy(item.values["title"])) for item in new)
        for item in new:
            title = item.values["title"]
            known = self._titles(item.locality.code).get(tidy(title))
            fix = (
                "Leave the row out, correct that record (column corrects), or choose a title that shows the difference."
            )
            if known or times[item.locality.code, tidy(title)] > 1:
                got = f"{shown(title)}, which {known or 'another row'} has"
                yield Problem(item.place, "title", f"a title that is new in {item.locality.name}", got, fix)

    def _titles(self, code: str) -> dict[str, str]:
        """Return the ids of the records of a locality by title."""
        path = self._records / f"{code}.yaml"
        return {tidy(record.title): record.id for record in records_of(path)} if path.exists() else {}

    @cached_property
    def _ids(self) -> list[str]:
        return sorted(known_ids(self._records))


def known_ids(records: Path = RECORDS) -> set[str]:
    """Return the ids of all records of the scan in a folder, and of those of the report."""
    from assets.sources.practices.register import read_register

    found = {record.id for path in sorted(records.glob("*.yaml")) for record in records_of(path)}
    for path in sorted(REGISTER.glob("*.yaml")):
        found |= {record.id for record in read_register(path.read_bytes())[0].practices}
    return found


def records_of(path: Path) -> list[ScanRecord]:
    """Return the valid records of a file of a locality; none if the file cannot be read, which the build reports."""
    try:
        return [record for _, record in read_scan(path.read_bytes()).records]
    except BadRecord:
        return []


def _of_text(place: str, field: Field, text: str) -> Iterator[Problem]:
    length = len(" ".join(text.split()))
    if field.most_letters and length > field.most_letters:
        got = f"{length} letters, {shown(text)}"
        fix = "Shorten it, in your own words." if field.is_long else "Shorten it."
        yield Problem(place, field.id, f"at most {field.most_letters} letters", got, fix)
    if FORMULA.match(text):
        yield Problem(place, field.id, "text that starts with a letter or digit", shown(text), "Remove the first sign.")
    for what, pattern in (("an email address", EMAIL), ("a telephone number", TELEPHONE)):
        if found := pattern.search(text):
            fix = "Records are public: leave out what identifies a person."
            yield Problem(place, field.id, f"no {what.partition(' ')[2]}", shown(found[0]), fix, is_warning=True)


def _of_date(place: str, field: Field, text: str, today: date) -> Iterator[Problem]:
    day = _day(text)
    if day is None:
        fix = f"Write it in this form. {field.hint_en}"
        yield Problem(place, field.id, "a date such as 2026, 2026-01 or 2026-01-31", shown(text), fix)
    elif day > today:
        yield Problem(place, field.id, f"a date up to {today.isoformat()}", shown(text), "Correct the date.")


def _day(text: str) -> date | None:
    """Return the first day of a year, month or day."""
    if not re.match(patterns()["partial_date"], text):
        return None
    try:
        return date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    except ValueError:
        return None


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in host and not re.search(r"\s", text)


def _of_partners(suggestion: Suggestion) -> Iterator[Problem]:
    for name, sector in suggestion.partners:
        if FORMULA.match(name):
            expected = "a name that starts with a letter or digit"
            yield Problem(suggestion.place, "partners", expected, shown(name), "Remove the first sign.")
        if _code("sector", sector) not in codebook()["sector"].permitted:
            permitted = ", ".join(codebook()["sector"].permitted)
            fix = f"Permitted: {permitted}."
            yield Problem(suggestion.place, "partners", f"a sector for {shown(name)}", shown(sector), fix)


def problems_of_codes(suggestion: Suggestion) -> Iterator[Problem]:
    """Yield the problems of the codes: those not permitted, and those missing if any is given."""
    is_coded = any(name in suggestion.values for name in read_axes() if name != CONFIDENCE)
    for name, axis in read_axes().items():
        text = suggestion.values.get(name, "")
        code = _code(name, text)
        if text and not re.match(axis.pattern, code):
            expected = f"at most {axis.most} codes, separated by semicolons" if axis.most > 1 else "a code"
            fix = f"Permitted: {', '.join(axis.permitted)}. See docs/method/codebook-2.md."
            yield Problem(suggestion.place, name, expected, shown(text), fix)
        elif name == CONFIDENCE and not text:
            fix = f"Say how sure you are of the record: {', '.join(axis.permitted)}."
            yield Problem(suggestion.place, name, "a code", "nothing", fix)
        elif not text and is_coded and name != OPTIONAL_AXIS:
            fix = f"Permitted: {', '.join(axis.permitted)}. Fill in all codes or none."
            yield Problem(suggestion.place, name, "a code", "nothing beside other codes", fix)
    further = _code(OPTIONAL_AXIS, suggestion.values.get(OPTIONAL_AXIS, "")).split(";")
    primary = _code("primary_type", suggestion.values.get("primary_type", ""))
    if (primary and primary in further) or any(further.count(code) > 1 for code in further):
        fix = f"Leave out {primary} there." if primary in further else "Give each type once."
        yield Problem(suggestion.place, OPTIONAL_AXIS, "types beside the main one", shown(";".join(further)), fix)


def codes_of(suggestion: Suggestion) -> dict[str, str]:
    """Return the codes of a row, by axis."""
    return {axis: _code(axis, suggestion.values[axis]) for axis in read_axes() if axis in suggestion.values}


def _code(axis: str, text: str) -> str:
    """Return the code that a text means: the code, or its name in English or Welsh, in any case."""
    listed = codebook()[codebook()[axis].codes_of or axis].codes
    codes = {tidy(said): item.code for item in listed for said in (item.code, item.en, item.cy)}
    return ";".join(codes.get(tidy(part), part.strip()) for part in text.split(";") if part.strip())
