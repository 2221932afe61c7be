"""When a request is made again, and after how long."""

import random
import time
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import urllib3
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from warehouse.errors import PublisherFailed
from warehouse.publishers.address_guard import HungLookUp

RETRY_STATUSES = frozenset({429, 500, 502, 503, 504})
# What a publisher may ask us to wait; urllib3 by itself would wait six hours.
RETRY_AFTER_MAX_S = 60


class Asking(Protocol):
    """What patience needs of the client whose it is: the address that is asked, its waiting, and its words."""

    asking: str

    def again(self, seconds: float, *, in_turn: bool) -> None:
        """Wait before the same request is made again; raise `PublisherFailed` where the deadline comes first."""

    def failed(self, address: str, reason: str, *, status: int | None) -> PublisherFailed:
        """Return the failure of a request."""


class Patience(urllib3.Retry):
    """urllib3's retrying, with the client's waiting: in turn, within the deadline, and never for hours."""

    def __init__(self, *args: Any, client: Asking, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = client

    @classmethod
    def of(cls, client: Asking) -> "Patience":
        """Return the patience that a client begins each request with.

        A connection that fails at once is tried twice, one that took all of `connect_s` and one that cannot be trusted
        are not: without a network a pull must end soon.
        """
        return cls(
            total=4,
            connect=1,
            read=2,
            status=4,
            other=0,
            allowed_methods=None,
            status_forcelist=RETRY_STATUSES,
            backoff_factor=0.5,
            backoff_jitter=0.5,
            raise_on_status=False,
            client=client,
        )

    def new(self, **kwargs: Any) -> "Patience":
        """Return the patience that is left."""
        return super().new(client=self.client, **kwargs)

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: urllib3.BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: Any = None,
        _stacktrace: Any = None,
    ) -> "Patience":
        """Return the patience that is left after an answer or an error; raise where there is none."""
        if response is not None:
            # The body of a refusal is of no use, and may have no end.
            response.close()
            asked = seconds_asked(response.headers.get("Retry-After"))
            if asked is not None and asked > RETRY_AFTER_MAX_S:
                raise self.client.failed(
                    self.client.asking,
                    f"it asks us to wait {asked:,.0f} s (HTTP {response.status}), longer than {RETRY_AFTER_MAX_S} s",
                    status=response.status,
                )
        is_late = isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError)
        if error and (is_late or isinstance(error, HungLookUp)):
            raise MaxRetryError(_pool, url or "", error)
        return super().increment(method, url, response, error, _pool, _stacktrace)

    def get_backoff_time(self) -> float:
        """Return the seconds to wait where the publisher names none; also before the first retry."""
        return float(self.backoff_factor * 2 ** (len(self.history) - 1) + random.uniform(0, self.backoff_jitter))

    def sleep(self, response: urllib3.BaseHTTPResponse | None = None) -> None:
        """Wait as long as the publisher asks, or else ever longer."""
        asked = seconds_asked(response.headers.get("Retry-After")) if response is not None else None
        has_reached_host = not isinstance(self.history[-1].error, ConnectTimeoutError)
        self.client.again(asked or self.get_backoff_time(), in_turn=has_reached_host)


def seconds_asked(retry_after: str | None) -> float | None:
    """Return the seconds that a `Retry-After` asks for, or None where it is absent, past or cannot be read."""
    if not retry_after:
        return None
    text = retry_after.strip()
    if text.isdecimal():
        return float(text)
    try:
        seconds = parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None
    return seconds if seconds > 0 else None
