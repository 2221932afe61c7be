"""The address that a server listens on, which needs a password beyond the loopback interface, and its announcement."""

import ipaddress
import os
import socket
from dataclasses import dataclass

import click
import uvicorn

from warehouse.errors import CommunityPowerError

PASSWORD = "CPOWER_PASSWORD"
MIN_PASSWORD = 12


class CannotServe(CommunityPowerError):
    """An address that cannot be listened on, or that needs a password."""

    exit_code = 4


@dataclass(frozen=True)
class Address:
    """An address to listen on; `host` is the name that the user gave."""

    host: str
    family: socket.AddressFamily
    ip: str
    port: int

    @property
    def is_beyond(self) -> bool:
        """Whether other computers can reach it."""
        return not ipaddress.ip_address(self.ip).is_loopback

    def url(self, listener: socket.socket) -> str:
        """Return the address of a server that listens on it, as a browser takes it."""
        ip, port = listener.getsockname()[:2]
        shown = socket.gethostname() if ipaddress.ip_address(ip).is_unspecified else self.host
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"


class AnnouncedServer(uvicorn.Server):
    """A uvicorn server that prints where `what` is as soon as it accepts requests."""

    def __init__(self, config: uvicorn.Config, what: str, url: str) -> None:
        super().__init__(config)
        self.announcement = f"{what} at {url} (Ctrl+C to stop)."

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the announcement."""
        await super().startup(sockets)
        click.echo(self.announcement)


def find_address(host: str, port: int) -> Address:
    """Return the address of a host name; raise `CannotServe` if it has none."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise CannotServe(
            f"{host!r} is not an address of this computer ({error.strerror}). Choose another with --host."
        ) from error
    return Address(host, family, str(address[0]), int(address[1]))


def require_password(address: Address, password: str | None, could: str) -> None:
    """Raise `CannotServe` if other computers can reach an address without a password.

    `could` completes the sentence on what they could do.
    """
    if address.is_beyond and len(password or "") < MIN_PASSWORD:
        raise CannotServe(
            f"Anyone who can reach {address.host} {could}. Set the environment variable {PASSWORD} to a password of at "
            f"least {MIN_PASSWORD} characters, or {PASSWORD}_FILE to a file that has it, or serve on 127.0.0.1."
        )


def listening(address: Address) -> socket.socket:
    """Return a listening socket; raise `CannotServe` if the port is in use or not allowed."""
    try:
        return socket.create_server((address.ip, address.port), family=address.family)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise CannotServe(
            f"Cannot listen on {address.host}, port {address.port}: {reason}. Choose another with --port."
        ) from error
