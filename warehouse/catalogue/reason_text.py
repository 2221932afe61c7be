"""Reasons as stored in tables: a code of `catalogue/reasons.yaml`, followed by its arguments, separated by bars.

`dated_months|5|36` is the code `dated_months` with the arguments 5 and 36. Queries write it with the macro `reason`,
Python with `coded`. The catalogue has the texts in both languages.
"""

from collections.abc import Callable, Iterable
from typing import Literal

from warehouse.catalogue import Reason, pick, reasons

BAR = "|"
Language = Literal["en", "cy"]


def coded(code: str, *arguments: object) -> str:
    """Return a reason with its arguments in the stored form.

    Raises `UnknownName` for an unknown code and `ValueError` for a wrong number of arguments.
    """
    reason, given = pick("reason", reasons, code), [str(argument) for argument in arguments]
    _validate_arguments(reason, given)
    return BAR.join([code, *given])


def code_of(reason: str) -> str:
    """Return the code of a reason without its arguments."""
    return reason.partition(BAR)[0]


def texts(given: Iterable[str], language: Language, nation: Callable[[str], str] = str) -> list[str]:
    """Return the texts of a list of reasons in a language, in order; `nation` translates the name of a nation.

    A reason with an argument of type `reasons` includes those after it, joined by semicolons, so it is the last. Raises
    `UnknownName` for an unknown code and `ValueError` for a wrong number of arguments.
    """
    found: list[str] = []
    rest = list(given)
    while rest:
        code, *arguments = rest.pop(0).split(BAR)
        reason = pick("reason", reasons, code)
        template = reason.en if language == "en" else reason.cy
        if "reasons" in reason.arguments.values():
            (name,) = reason.arguments
            inner = "; ".join(texts(rest, language, nation))
            return [*found, template.format(**{name: inner})]
        _validate_arguments(reason, arguments)
        filled = {
            name: nation(argument) if kind == "nation" else argument
            for (name, kind), argument in zip(reason.arguments.items(), arguments, strict=True)
        }
        found.append(template.format(**filled))
    return found


def _validate_arguments(reason: Reason, arguments: list[str]) -> None:
    """Raise `ValueError` unless the arguments match those of a reason."""
    kinds = [kind for kind in reason.arguments.values() if kind != "reasons"]
    if len(kinds) != len(arguments):
        raise ValueError(f"{reason.id}: expected {len(kinds)} arguments, got {len(arguments)}: {arguments}")
    for kind, argument in zip(kinds, arguments, strict=True):
        if BAR in argument:
            raise ValueError(f"{reason.id}: an argument cannot hold {BAR!r}, got {argument!r}")
        if kind == "count" and not argument.isdecimal():
            raise ValueError(f"{reason.id}: expected a count, got {argument!r}")
