"""The survey indicators: the wording of each survey, and the texts that identify it in each publication."""

from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from warehouse.catalogue import files
from warehouse.catalogue.files import Entry
from warehouse.catalogue.lists import listed_unit


class CubeLabels(Entry):
    """A dimension of a statistics.gov.scot cube, and its values that are summed into an indicator."""

    topic: str
    statements: tuple[str, ...]


class SheetLabel(Entry):
    """A sheet of the Community Life Survey by local authority, and words that its title or question must contain.

    The words are in lower case without punctuation, because the letter of a sheet can be another question next year.
    `answers` are the names of the answer after the question, if the publisher's form is known. `fieldwork` has, by
    survey year, the first and last day of the months in which the question was asked, as an ISO interval, if it was not
    asked in all months of the survey.
    """

    sheet: str
    words: tuple[str, ...]
    answers: tuple[str, ...] = ()
    fieldwork: dict[str, str] = Field(default={})


class TidyLabel(Entry):
    """The text that identifies a measure of a tidy `source`."""

    source: str
    measure: str


class Labels(Entry):
    """The texts that identify an indicator in each publication."""

    survey_figures: tuple[str, ...] = ()
    statswales_source: tuple[str, ...] = ()
    statswales_measure: tuple[str, ...] = ()
    shs_cube: CubeLabels | None = None
    scotpho_shs: tuple[str, ...] = ()
    cls_sheet: SheetLabel | None = None
    tidy: TidyLabel | None = None


class Wording(Entry):
    """The question of one survey for an indicator, in our own words, and the metric that it feeds.

    `caution` is the code of a reason for which all its figures are unreliable. In the file `nation` can be a list: the
    survey asks the same question there, and each nation gets its own id.
    """

    item_wording_id: str
    survey: str
    nation: str
    wording: str
    metric_id: str | None = None
    series_break_from: str | None = None
    series_break_to: str | None = None
    series_break_note: str = ""
    caution: str | None = None
    labels: Labels


def _by_nation(wording: Any) -> list[Any]:
    nations = wording.get("nation") if isinstance(wording, dict) else None
    if not isinstance(nations, list):
        return [wording]
    return [
        wording
        | {"nation": nation, "item_wording_id": f"{wording.get('item_wording_id')}_{nation.lower().replace(' ', '_')}"}
        for nation in nations
    ]


class Indicator(Entry):
    """A survey indicator, with the wording of each survey; wordings are never pooled."""

    id: str
    name_en: str
    unit: str
    direction: Literal["up", "down", "none"]
    comparable_note: str
    wordings: tuple[Wording, ...]

    @field_validator("wordings", mode="before")
    @classmethod
    def _of_one_nation_each(cls, listed: object) -> object:
        """Return a wording for several nations as one per nation; the id ends in the nation."""
        return [one for item in listed for one in _by_nation(item)] if isinstance(listed, list) else listed

    @field_validator("unit")
    @classmethod
    def _has_listed_unit(cls, unit: str, given: ValidationInfo) -> str:
        """Raise `ValueError` for a unit that is not in `units.yaml`."""
        return unit if given.context else listed_unit(unit)


@files.cached
def indicators() -> dict[str, Indicator]:
    """Return the survey indicators by id."""
    return files.entries([files.ROOT / "indicators.yaml"], Indicator)
