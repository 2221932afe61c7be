"""Rules on the messages of the report: both languages have all messages that pages use."""

import re
from collections.abc import Iterator

from assets.consistency import Gap
from warehouse import catalogue, i18n
from warehouse.i18n import LANGUAGES, messages, placeholders
from warehouse.report.locality import SETTLED, SHOWN
from warehouse.storage.home import PROJECT

NAMED = 5
# A complete key in a template, and the beginning of a key that a template or a module composes.
WRITTEN = re.compile(r"""\bt\(["']([\w.]+)["'][,)]""")
BEGUN = re.compile(r"""\bt\(["']([\w.]+\.)["'] ~|\btext(?:\(language\))?\(f"([\w.]+\.)\{""")


def languages_have_the_same_messages() -> Iterator[Gap]:
    """Find messages that are missing in one language, or whose placeholders differ."""
    found = {language: messages(language) for language in LANGUAGES}
    for language, other in (LANGUAGES, LANGUAGES[::-1]):
        file = i18n.FOLDER / f"site.{language}.yaml"
        if lost := [key for key in found[other] if not found[language].get(key)]:
            more = f" and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
            told = f"no message {', '.join(lost[:NAMED])}{more}, which {other!r} has"
            yield Gap(file, told, "Write it in this language too.")
        for key, message in found[other].items():
            written = found[language].get(key)
            if language != "en" and written and placeholders(message) != placeholders(written):
                told = f"{key!r} has other placeholders than in {other!r}"
                yield Gap(file, told, f"Use {', '.join(sorted(placeholders(message))) or 'none'}.")


def asked_message_exists() -> Iterator[Gap]:
    """Find messages that a template or a module uses and that do not exist."""
    known = messages("en")
    root = PROJECT / "warehouse" / "report"
    for path in sorted([*root.glob("templates/*.html"), *root.glob("*.py")]):
        source = path.read_text("utf-8")
        for key in sorted(set(WRITTEN.findall(source)) - known.keys()):
            yield Gap(path, f"asks for the message {key!r}, which does not exist", _write(key))
        for begin in sorted({first or second for first, second in BEGUN.findall(source)}):
            if not any(key.startswith(begin) for key in known):
                yield Gap(path, f"asks for messages {begin}..., of which none exists", _write(f"{begin}..."))


def catalogued_name_has_its_message() -> Iterator[Gap]:
    """Find surveys, nations and states of the catalogue for which pages use a message that does not exist."""
    known = messages("en")
    asked = {f"ask.any.{state}": catalogue.ROOT / "reasons.yaml" for state in _states() - {*SETTLED}}
    for indicator in catalogue.indicators().values():
        path, _ = catalogue.place_of(indicator)
        asked |= {f"group.{wording.survey}": path for wording in indicator.wordings if wording.metric_id}
        asked |= {f"nation.{wording.nation}": path for wording in indicator.wordings}
    for key, path in sorted(asked.items()):
        if key not in known:
            yield Gap(path, f"pages ask for the message {key!r}, which does not exist", _write(key))


def _states() -> set[str]:
    return {reason.gap for reason in catalogue.reasons().values() if reason.gap} | {"ok_low"}


def shown_metric_is_catalogued() -> Iterator[Gap]:
    """Find metrics on the page of a locality that are not in the catalogue or have no total."""
    for name in SHOWN:
        metric = catalogue.metrics().get(name)
        if metric is None or not metric.has_whole or metric.scope != "locality":
            file = PROJECT / "warehouse" / "report" / "locality.py"
            told = f"{name} is on the page of a locality, but is not a metric with a total for each locality"
            yield Gap(file, told, "Name another in SECTIONS, or describe it in warehouse/catalogue/metrics.")


def _write(key: str) -> str:
    return f"Write {key!r} in warehouse/i18n/messages, in English and in Welsh."


RULES = (
    languages_have_the_same_messages,
    asked_message_exists,
    catalogued_name_has_its_message,
    shown_metric_is_catalogued,
)
