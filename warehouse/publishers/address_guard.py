"""Connections to public addresses only, all of which can be ended at once.

requests and urllib3 connect to any address that a name resolves to, and limit the wait for each byte, not for a
whole transfer. The guard closes both gaps below them, for every request.
"""

import contextlib
import ipaddress
import socket
import threading
import time
import weakref
from collections.abc import Iterable
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import Retry
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class RefusedAddress(Exception):
    """A host that resolves to an address in a private network."""


class DnsTimeout(ConnectTimeoutError):
    """A name that was not resolved in time."""


class ConnectionGuard:
    """Opens the connections of one client; `private_hosts` may resolve to private addresses, such as a mirror."""

    def __init__(self, private_hosts: Iterable[str]) -> None:
        self.is_cut = False
        self._private_hosts = frozenset(private_hosts)
        self._lock = threading.Lock()
        self._open: weakref.WeakKeyDictionary[HTTPConnection, socket.socket] = weakref.WeakKeyDictionary()

    def open(self, connection: HTTPConnection) -> socket.socket:
        """Return a socket connected to the host of a connection, or to its proxy.

        Raises `RefusedAddress`, `DnsTimeout`, and the exceptions of urllib3 for a host that cannot be reached.
        """
        seconds = float(connection.timeout or 0)
        end = time.monotonic() + seconds
        host = connection.host.strip("[]")
        addresses = _resolve(connection, host, seconds)
        # The administrator chose the proxy, and it is the proxy that resolves the publisher's name.
        if connection.proxy is None and host not in self._private_hosts:
            for address in addresses:
                if not is_public(address):
                    raise RefusedAddress(f"the host {host} resolves to {address}, which is not a public address")
        failure: OSError = TimeoutError()
        for remaining, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            share = (end - time.monotonic()) / remaining
            if share <= 0:
                break
            try:
                opened = create_connection(
                    (address, connection.port),
                    share,
                    source_address=connection.source_address,
                    socket_options=connection.socket_options,
                )
            except OSError as error:
                failure = error
                continue
            # The TLS handshake has the whole time again, not the share of this address.
            opened.settimeout(seconds)
            self._hold(connection, opened)
            return opened
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(connection, f"no connection within {seconds:g} s")
        raise NewConnectionError(connection, failure.strerror or "no connection") from failure

    def cut(self) -> None:
        """End every transfer and refuse new ones."""
        with self._lock:
            self.is_cut = True
            held = list(self._open.values())
        for twin in held:
            with contextlib.suppress(OSError):
                twin.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Release every connection."""
        with self._lock:
            held = list(self._open.values())
            self._open.clear()
        for twin in held:
            twin.close()

    def _hold(self, connection: HTTPConnection, opened: socket.socket) -> None:
        """Keep a second handle on a socket: TLS and http.client take the first one away from its connection."""
        twin = opened.dup()
        weakref.finalize(connection, twin.close).atexit = False
        with self._lock:
            former = self._open.get(connection)
            self._open[connection] = twin
        if former is not None:
            former.close()
        if self.is_cut:
            self.cut()


class GuardedAdapter(HTTPAdapter):
    """Adapter of requests whose connections a guard opens, direct or through an HTTP proxy."""

    def __init__(self, guard: ConnectionGuard, retries: Retry) -> None:
        class Http(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return guard.open(self)

        class Https(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return guard.open(self)

        self._guarded: dict[Any, Any] = {HTTPConnection: Http, HTTPSConnection: Https}
        super().__init__(max_retries=retries)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Return the connection pool for a request."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = self._guarded.get(pool.ConnectionCls, pool.ConnectionCls)
        return pool


def is_public(address: str) -> bool:
    """Return whether an IP address, or the IPv4 address that an IPv6 address wraps, is in the public internet."""
    found = ipaddress.ip_address(address.split("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        wrapped = found.ipv4_mapped or found.sixtofour
        if wrapped is None and found in NAT64:
            wrapped = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        found = wrapped or found
    return found.is_global and not found.is_multicast


def _resolve(connection: HTTPConnection, host: str, seconds: float) -> list[str]:
    """Return the addresses of a host; raise `NameResolutionError` if there is none, `DnsTimeout` after `seconds`.

    `getaddrinfo` has no time-out and takes half a minute without a network, so it runs in a thread.
    """
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    found: list[str] = []
    failures: list[Exception] = []

    def look_up() -> None:
        try:
            places = socket.getaddrinfo(host, connection.port, type=socket.SOCK_STREAM)
            found.extend(str(place[0]) for *_, place in places)
        except (OSError, UnicodeError) as error:
            failures.append(error)

    thread = threading.Thread(target=look_up, name=f"look-up of {host}", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise DnsTimeout(connection, f"{host} was not resolved within {seconds:g} s")
    if not found:
        reason = str(failures[0]) if failures else "no address"
        raise NameResolutionError(host, connection, socket.gaierror(socket.EAI_NONAME, reason))
    return list(dict.fromkeys(found))
