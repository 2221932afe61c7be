"""What parts of the project say of each other that does not agree: found without a build, all of it at once.

Each rule is a function of one of the modules beside this one. The rules read the catalogue, the queries, the messages,
the modules of parsers and recipes, and the tests where they are there; they run no pull and make no table.
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
    """Two parts of the project that do not agree: in which file, what is wrong, and what to do."""

    file: Path
    problem: str
    fix: str
    line: int = 0

    @property
    def place(self) -> str:
        """The file from the root of the project, and the line where it is known."""
        path = self.file.relative_to(PROJECT) if self.file.is_relative_to(PROJECT) else self.file
        return f"{path}:{self.line}" if self.line else str(path)


RULES_IN = ("catalogue_rules", "query_rules", "message_rules", "source_rules")
Rule = Callable[[], Iterator[Gap]]


def gaps() -> list[Gap]:
    """Return every gap, in order of file and line.

    A rule that cannot be evaluated because of a gap that another one found is left out, and told as a gap itself.
    """
    with project() as rules:
        found = {gap: None for rule in rules for gap in evaluated(rule)}
    return sorted(found, key=lambda gap: (str(gap.file), gap.line, gap.problem))


@contextmanager
def project() -> Iterator[tuple[Rule, ...]]:
    """Give the rules, with a catalogue that holds also the entries that have a problem.

    Modules of subjects read the catalogue when they are imported, so they are imported inside.
    """
    with keeping_problems() as problems:
        modules = [importable(name) for name in RULES_IN]

        def loading() -> Iterator[Gap]:
            load_all()
            for problem in problems:
                yield Gap(Path(problem.file), problem.reason, "Correct the entry.", problem.line)

        yield (loading, *(rule for rules in modules for rule in rules))


def importable(module: str) -> tuple[Rule, ...]:
    """Return the rules of a module beside this one; one that says why where it cannot be imported."""
    try:
        rules: tuple[Rule, ...] = import_module(f"{__name__}.{module}").RULES
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        told = next((frame for frame in reversed(frames) if _is_ours(frame)), frames[-1])
        gap = Gap(
            Path(told.filename),
            f"cannot be imported: {type(error).__name__}: {error}",
            f"Correct it; what {module} looks for is checked then.",
            told.lineno or 0,
        )
        return (lambda: iter([gap]),)
    return rules


def _is_ours(frame: traceback.FrameSummary) -> bool:
    return Path(frame.filename).is_relative_to(PROJECT)


def evaluated(rule: Rule) -> list[Gap]:
    """Return the gaps that a rule finds; one gap more where it cannot be evaluated to its end."""
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
