"""How a connection is opened: to public addresses alone, with every step bounded in time.

requests and urllib3 bound the wait for each byte, not the whole of a transfer, and connect to whatever address a
name resolves to. Both gaps are closed here, below them, so that they are closed for every request.
"""

import contextlib
import ipaddress
import socket
import threading
import time
import weakref
from collections.abc import Iterable
from functools import partial
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager, Retry
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class RefusedAddress(Exception):
    """A host that resolves to an address inside a private network, where no publisher is."""


class HungLookUp(NameResolutionError):
    """A look-up of a name that gave no answer in time."""


class Guard:
    """The open connections of one client, which can all be cut at once.

    `private_hosts` are the hosts that may resolve to private addresses, such as a mirror in one's own network.
    """

    def __init__(self, private_hosts: Iterable[str]) -> None:
        self.is_cut = False
        self._private_hosts = frozenset(private_hosts)
        self._lock = threading.Lock()
        self._open: weakref.WeakKeyDictionary[HTTPConnection, socket.socket] = weakref.WeakKeyDictionary()

    def open(self, connection: HTTPConnection) -> socket.socket:
        """Return a socket connected to the host of a connection, or to its proxy.

        Raises `RefusedAddress` and the exceptions of urllib3 for what could not be resolved or reached.
        """
        seconds = float(connection.timeout or 0)
        end = time.monotonic() + seconds
        host = connection.host.strip("[]")
        found = _resolve(connection, host, seconds)
        # The administrator chose the proxy, and it is the proxy that resolves the publisher's name.
        if connection.proxy is None and host not in self._private_hosts:
            for address in found:
                if not is_public(address):
                    raise RefusedAddress(f"the host {host} resolves to {address}, which is no public address")
        failure: OSError = TimeoutError()
        for remaining, address in zip(range(len(found), 0, -1), found, strict=True):
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
            # The handshake that may follow has the whole time again, not what was left for this address.
            opened.settimeout(seconds)
            self._hold(connection, opened)
            return opened
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(connection, f"no connection within {seconds:g} s")
        raise NewConnectionError(connection, failure.strerror or "no connection") from failure

    def cut(self) -> None:
        """End every transfer under way, whatever it waits for, and open nothing more."""
        with self._lock:
            self.is_cut = True
            held = list(self._open.values())
        for twin in held:
            with contextlib.suppress(OSError):
                twin.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of every connection."""
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
    """The adapter of requests with connections that a guard opens, straight or through a proxy."""

    def __init__(self, guard: Guard, retries: Retry) -> None:
        self._pools: dict[str, Any] = {
            "http": partial(_HttpPool, guard=guard),
            "https": partial(_HttpsPool, guard=guard),
        }
        super().__init__(max_retries=retries)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of straight connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Return the pools of connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        if isinstance(manager, ProxyManager):
            manager.pool_classes_by_scheme = self._pools
        return manager


class _Http(HTTPConnection):
    def __init__(self, *args: Any, guard: Guard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guard = guard

    def _new_conn(self) -> socket.socket:
        return self._guard.open(self)


class _Https(HTTPSConnection):
    def __init__(self, *args: Any, guard: Guard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guard = guard

    def _new_conn(self) -> socket.socket:
        return self._guard.open(self)


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


def is_public(address: str) -> bool:
    """Return whether an IP address lies in the public internet, also where IPv6 wraps an IPv4 address."""
    found = ipaddress.ip_address(address.split("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        wrapped = found.ipv4_mapped or found.sixtofour
        if wrapped is None and found in NAT64:
            wrapped = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        return is_public(str(wrapped)) if wrapped else found.is_global and not found.is_multicast
    return found.is_global and not found.is_multicast


def _resolve(connection: HTTPConnection, host: str, seconds: float) -> list[str]:
    """Return the addresses of a host; raise `NameResolutionError` where there is none, `HungLookUp` after `seconds`.

    The system's look-up knows no time-out and takes half a minute without a network, so it runs beside us.
    """
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    found: list[str] = []
    failures: list[Exception] = []

    def look_up() -> None:
        try:
            for *_, place in socket.getaddrinfo(host, connection.port, type=socket.SOCK_STREAM):
                found.append(str(place[0]))
        except (OSError, UnicodeError) as error:
            failures.append(error)

    thread = threading.Thread(target=look_up, name=f"look-up of {host}", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise HungLookUp(host, connection, socket.gaierror(socket.EAI_AGAIN, "no answer in time"))
    if not found:
        reason = str(failures[0]) if failures else "no address"
        raise NameResolutionError(host, connection, socket.gaierror(socket.EAI_NONAME, reason))
    return list(dict.fromkeys(found))
