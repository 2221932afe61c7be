"""Secrets from the environment: the value itself, or the name of a file that has it, as container engines mount it."""

import os
from pathlib import Path

from warehouse.errors import InvalidSetting


def secret(name: str) -> str | None:
    """Return the secret in a variable, or in the file that the variable with `_FILE` after its name has; None if unset.

    The line break at the end of a file is not part of the secret. Raises `InvalidSetting` if both are set, or the file
    cannot be read or is empty.
    """
    value, named = os.environ.get(name) or None, os.environ.get(f"{name}_FILE")
    if not named:
        return value
    if value:
        raise InvalidSetting(f"{name} and {name}_FILE are both set. Set one of them.")
    try:
        found = Path(named).read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InvalidSetting(f"{name}_FILE: {named} cannot be read: {reason}.") from None
    if not found:
        raise InvalidSetting(f"{name}_FILE: {named} is empty; expected the secret in its first line.")
    return found
