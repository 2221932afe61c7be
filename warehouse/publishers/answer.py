"""Responses of publishers: the decoded body within limits, and what is recorded of it."""

import gzip
import zlib
from dataclasses import dataclass

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from warehouse.publishers.addresses import recordable

CHUNK_BYTES = 65_536
# Tables of repeated text decompress to some 50 times their size, decompression bombs to a thousand times.
MAX_EXPANSION, EXPANSION_COUNTS_FROM_BYTES = 200, 10_000_000
UNRECORDED_HEADERS = {"set-cookie", "set-cookie2", "authorization", "proxy-authenticate", "www-authenticate"}


class IncompleteBody(Exception):
    """A body that did not arrive whole; the text says how much did."""


class RefusedBody(Exception):
    """A body that is too large, or in an encoding that was not requested."""


@dataclass(frozen=True)
class Answer:
    """A whole, decoded response of a publisher.

    `address` and `final_address` can be recorded: parameters that may be secrets are masked. Names of `headers` are in
    lower case. `is_unchanged` is HTTP 304, with no content.
    """

    content: bytes
    address: str
    final_address: str
    status: int
    headers: dict[str, str]
    is_unchanged: bool = False

    @property
    def size(self) -> int | None:
        """The bytes of the whole content as the server states them, also of a part of it; None if it does not."""
        stated = self.headers.get("content-range", "").rpartition("/")[2] or self.headers.get("content-length", "")
        return int(stated) if stated.isdecimal() else None

    @classmethod
    def of(cls, response: requests.Response, first_address: str, content: bytes) -> "Answer":
        """Return the answer of a response whose body was read, and which a request to `first_address` led to."""
        headers = {name.lower(): value for name, value in response.headers.items()}
        kept = {name: value for name, value in headers.items() if name not in UNRECORDED_HEADERS}
        status = response.status_code
        return cls(content, recordable(first_address), recordable(response.url), status, kept, status == 304)


def read_body(response: requests.Response, max_bytes: int, read_s: float, *, is_start_enough: bool = False) -> bytes:
    """Return the decoded body of a response; raise `IncompleteBody`, or `RefusedBody` without reading it all.

    With `is_start_enough`, a body larger than `max_bytes` is read up to there and not refused.
    """
    raw = response.raw
    declared = raw.length_remaining
    too_large = f"the response is larger than the limit of {max_bytes:,} bytes"
    if declared is not None and declared > max_bytes and not is_start_enough:
        raise RefusedBody(too_large)
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise RefusedBody(f"the content encoding {encoding[:20]!r} was not requested")
    # urllib3 decodes gzip, but takes a gzip stream that is cut short for a whole one.
    stream = gzip.GzipFile(fileobj=raw) if "gzip" in encoding else raw
    parts: list[bytes] = []
    size = 0
    try:
        while part := stream.read1(CHUNK_BYTES):
            size += len(part)
            if size > max_bytes:
                if is_start_enough:
                    return b"".join([*parts, part])[:max_bytes]
                raise RefusedBody(too_large)
            if size > max(EXPANSION_COUNTS_FROM_BYTES, raw.tell() * MAX_EXPANSION):
                raise RefusedBody(f"the response decompresses to more than {MAX_EXPANSION} times its size")
            parts.append(part)
        return b"".join(parts)
    except EOFError:
        problem = "no end of the gzip stream"
    except (gzip.BadGzipFile, zlib.error):
        problem = "a damaged gzip stream"
    except ReadTimeoutError:
        problem = f"no data for {read_s:g} s"
    except (HTTPError, OSError):
        problem = "a lost connection"
    expected = f" of {declared:,}" if declared is not None else ""
    raise IncompleteBody(f"{raw.tell():,}{expected} bytes, then {problem}")
