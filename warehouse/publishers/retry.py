"""Retry policy: which failed requests are repeated, and after how long."""

import random
from collections.abc import Callable
from typing import Any

import urllib3
from urllib3.exceptions import ConnectTimeoutError, InvalidHeader, MaxRetryError, NewConnectionError, ResponseError

RETRY_STATUSES = frozenset({429, 500, 502, 503, 504})
RETRY_AFTER_MAX_S = 60
BACKOFF_S = JITTER_S = 0.5


class RetryPolicy(urllib3.Retry):
    """Retries of urllib3 that wait through `wait(seconds, has_reached_host)`, within the limits of a client.

    A connection that fails at once is tried twice, one that timed out once: without a network a pull must end soon.
    """

    def __init__(self, wait: Callable[[float, bool], None], **left: Any) -> None:
        rules: dict[str, Any] = {"total": 4, "connect": 1, "read": 2, "status": 4, "other": 0, "allowed_methods": None}
        rules |= {"status_forcelist": RETRY_STATUSES, "raise_on_status": False, "retry_after_max": 10**9}
        super().__init__(**(rules | left))
        self.wait = wait

    def new(self, **kwargs: Any) -> "RetryPolicy":
        """Return the policy with the retries that are left."""
        return super().new(wait=self.wait, **kwargs)

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: urllib3.BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: Any = None,
        _stacktrace: Any = None,
    ) -> "RetryPolicy":
        """Return the policy after a failed attempt; raise `MaxRetryError` where there is no retry left."""
        if response is not None:
            # urllib3 would read the body of an error to its end, and it may have none.
            response.close()
            if (self.get_retry_after(response) or 0) > RETRY_AFTER_MAX_S:
                raise MaxRetryError(_pool, url or "", ResponseError("Retry-After is too long"))
        if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError):
            raise MaxRetryError(_pool, url or "", error)
        return super().increment(method, url, response, error, _pool, _stacktrace)

    def get_retry_after(self, response: urllib3.BaseHTTPResponse) -> float | None:
        """Return the seconds of a `Retry-After` header, 0 where they are past, None where it is absent or invalid."""
        try:
            return super().get_retry_after(response)
        except (InvalidHeader, ValueError, OverflowError):
            return None

    def sleep(self, response: urllib3.BaseHTTPResponse | None = None) -> None:
        """Wait as long as the publisher asks, or else the backoff."""
        asked = self.get_retry_after(response) if response is not None else None
        has_reached_host = not isinstance(self.history[-1].error, ConnectTimeoutError)
        self.wait(asked or backoff(len(self.history)), has_reached_host)


def backoff(failures: int) -> float:
    """Return the seconds to wait after a number of failures in a row; urllib3 would not wait after the first."""
    return float(BACKOFF_S * 2 ** (failures - 1) + random.uniform(0, JITTER_S))
