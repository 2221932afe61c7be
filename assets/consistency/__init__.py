"""Finds parts of the project that do not agree with each other, without a build and all at once.

Each rule is a function of a module of this package. The rules read the catalogue, the queries, the messages, the
modules of parsers and recipes, and the tests if they are installed; they do not pull and do not make tables.
"""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from warehouse.catalogue import keeping_problems, load_all
from warehouse.errors import BadRecord
from warehouse.storage.home import PROJECT


@dataclass(frozen=True)
class Gap:
    """Two parts of the project that do not agree: the file, the problem and the fix."""

    file: Path
    problem: str
    fix: str
    line: int = 0

    @property
    def place(self) -> str:
        """The path of the file, relative to the project, with the line if it is known."""
        path = self.file.relative_to(PROJECT) if self.file.is_relative_to(PROJECT) else self.file
        return f"{path}:{self.line}" if self.line else str(path)


RULES_IN = ("catalogue_rules", "query_rules", "message_rules", "source_rules")
Rule = Callable[[], Iterator[Gap]]


def gaps() -> list[Gap]:
    """Return all gaps, in order of file and line.

    A rule that cannot be evaluated because of another gap is returned as a gap itself.
    """
    with project() as rules:
        found = {gap: None for rule in rules for gap in evaluated(rule)}
    return sorted(found, key=lambda gap: (str(gap.file), gap.line, gap.problem))


@contextmanager
def project() -> Iterator[tuple[Rule, ...]]:
    """Yield the rules, with a catalogue that also has the entries with a problem.

    Modules of subjects read the catalogue when they are imported, so they are imported here.
    """
    with keeping_problems() as problems:
        modules = [importable(name) for name in RULES_IN]

        def loading() -> Iterator[Gap]:
            load_all()
            for problem in problems:
                yield Gap(Path(problem.file), problem.reason, "Correct the entry.", problem.line)

        yield (loading, *(rule for rules in modules for rule in rules))


def importable(module: str) -> tuple[Rule, ...]:
    """Return the rules of a module; if it cannot be imported, one rule that returns the error as a gap."""
    try:
        rules: tuple[Rule, ...] = import_module(f"{__name__}.{module}").RULES
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        told = next((frame for frame in reversed(frames) if _is_ours(frame)), frames[-1])
        gap = Gap(
            Path(told.filename),
            f"cannot be imported: {type(error).__name__}: {error}",
            f"Fix the import error; the rules of {module} are then checked.",
            told.lineno or 0,
        )
        return (lambda: iter([gap]),)
    return rules


def _is_ours(frame: traceback.FrameSummary) -> bool:
    return Path(frame.filename).is_relative_to(PROJECT)


def evaluated(rule: Rule) -> list[Gap]:
    """Return the gaps that a rule finds, with one more if it raises an error."""
    found = []
    try:
        for gap in rule():
            found.append(gap)
    except BadRecord as error:
        found.append(Gap(Path(error.file), error.reason, "Correct the entry.", error.line))
    except Exception as error:
        file = Path(rule.__code__.co_filename)
        told = f"the rule {rule.__name__} cannot be evaluated: {type(error).__name__}: {error}"
        found.append(Gap(file, told, "Fix the other gaps, then check again.", rule.__code__.co_firstlineno))
    return found
