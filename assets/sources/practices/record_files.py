"""Reads files of practice records: YAML with a list `practices`, of which each record starts on a known line."""

from collections.abc import Iterator
from typing import Any

import yaml

from warehouse.errors import BadRecord


def read_records(content: bytes, loader: Any, called: str) -> tuple[Any, list[int]]:
    """Return the content of a YAML file and the 1-based line of each item under `practices`.

    Raises `BadRecord` with the line and the reason if the file is not YAML or gives a key twice. A parser gets only
    bytes, so the file is `called` something until `assets.ingest.parsed_files` replaces that by its name.
    """
    try:
        reader = loader(content)
        tree = reader.get_single_node()
        item = reader.construct_document(tree) if tree else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadRecord(called, line, f"not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:  # bytes that are not text, or an invalid date
        raise BadRecord(called, 1, f"not YAML: {error}") from error
    if repeated := next(_repeated_keys(tree), None):
        raise BadRecord(called, repeated[0], f"{repeated[1]} is given twice")
    return item, _record_lines(tree)


def _record_lines(tree: yaml.Node | None) -> list[int]:
    """Return the 1-based line of each item under `practices` of a composed YAML document."""
    if isinstance(tree, yaml.MappingNode):
        for key, value in tree.value:
            if key.value == "practices" and isinstance(value, yaml.SequenceNode):
                return [node.start_mark.line + 1 for node in value.value]
    return []


def _repeated_keys(node: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """Yield (1-based line, key) of each repeated key of a mapping, of which YAML would silently keep the last."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    yield key.start_mark.line + 1, key.value
                seen.add(key.value)
            yield from _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated_keys(item)
