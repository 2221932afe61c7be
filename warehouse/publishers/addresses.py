"""Addresses without secrets, for messages and records."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

SECRET_PARAMETER = re.compile(
    r"(^|[-_.]|api|access|client|subscription|user)"
    r"(key|token|secret|sig|signature|password|passwd|pwd|auth|credential|session|uid)"
    r"s?($|[-_.]|id)",
    re.IGNORECASE,
)


def bare(address: str) -> str:
    """Return an address without credentials, query and fragment."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "an unreadable address"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def recordable(address: str) -> str:
    """Return an address without credentials, with parameters masked that may be secrets."""
    parts = urlsplit(address)
    given = parse_qsl(parts.query, keep_blank_values=True)
    query = parts.query
    if any(SECRET_PARAMETER.search(name) for name, _ in given):
        masked = [(name, "***" if SECRET_PARAMETER.search(name) else value) for name, value in given]
        query = urlencode(masked, safe="*")
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


def as_https(address: str) -> str:
    """Return an address with the scheme http replaced by https; other schemes are kept.

    Publishers list encrypted addresses by the old scheme, and services behind a proxy that ends the encryption name
    themselves by it. Port 80 is removed.
    """
    return re.sub(r"(?i)^http://([^/?#]*?)(:80)?(?=[/?#]|$)", r"https://\1", address)
