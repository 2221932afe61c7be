"""Whom readers of the report write to: the setting `CPOWER_CONTACT`."""

import os
import re
from dataclasses import dataclass

from warehouse.errors import InvalidSetting

VARIABLE = "CPOWER_CONTACT"
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
WEB_ADDRESS = re.compile(r"https?://[^\s/]+\S*")


@dataclass(frozen=True)
class Contacts:
    """An email address and a web address, such as that of the issues of a repository; each may be empty."""

    email: str = ""
    web: str = ""


def contacts() -> Contacts:
    """Return the contacts of `CPOWER_CONTACT`, which has an email address, a web address, or both with a comma between.

    Raises `InvalidSetting` for anything else.
    """
    said = [part.strip() for part in os.environ.get(VARIABLE, "").split(",") if part.strip()]
    emails = [part for part in said if EMAIL.fullmatch(part)]
    addresses = [part for part in said if WEB_ADDRESS.fullmatch(part)]
    if len(emails) > 1 or len(addresses) > 1 or len(emails) + len(addresses) != len(said):
        got = ", ".join(said)
        raise InvalidSetting(
            f"{VARIABLE} must be an email address, a web address, or both with a comma between; got {got!r}."
        )
    return Contacts(*(found[0] if found else "" for found in (emails, addresses)))
