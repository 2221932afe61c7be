"""Limits on requests: time, size and hosts of one source, and the rate at which each host is asked."""

import threading
from dataclasses import dataclass

from warehouse.catalogue import Source


@dataclass(frozen=True)
class Limits:
    """Limits of one source. Fields in `_s` are seconds.

    A host is a name, `*.name` for the names below it, or `*` for any host. A private address is refused unless it is
    itself listed, such as `127.0.0.1`, or its host is in `private_hosts`. `deadline_s` counts from the first request
    and applies to all requests of the source together. `max_bytes` applies to one decoded response.
    """

    connect_s: float = 10
    read_s: float = 60
    deadline_s: float = 600
    max_bytes: int = 1_000_000_000
    max_requests_per_minute: int | None = None
    allowed_hosts: frozenset[str] = frozenset()
    allowed_schemes: frozenset[str] = frozenset({"https"})
    private_hosts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, source: Source) -> "Limits":
        """Return the limits that the catalogue sets for a source."""
        return cls(
            deadline_s=source.deadline_s,
            max_bytes=source.max_bytes,
            max_requests_per_minute=source.max_requests_per_minute,
            allowed_hosts=frozenset(source.hosts),
            allowed_schemes=frozenset(source.schemes),
            private_hosts=frozenset(source.private_hosts),
        )

    def allow(self, host: str) -> bool:
        """Return whether a host is allowed."""
        return any(
            host == pattern or pattern == "*" or (pattern.startswith("*.") and host.endswith(pattern[1:]))
            for pattern in self.allowed_hosts
        )


class RateLimiter:
    """Spaces the requests to each host. Clients in several threads share one, and so keep one limit together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free_at: dict[str, float] = {}

    def reserve(self, host: str, per_minute: int | None, now: float) -> float:
        """Reserve the next request to a host and return the seconds to wait before it."""
        with self._lock:
            starts = max(now, self._free_at.get(host, now))
            self._free_at[host] = starts + (60 / per_minute if per_minute else 0)
            return starts - now


RATE_LIMITER = RateLimiter()
