"""A service manager that hears what processes tell it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from shared.service_manager import VARIABLE

SECONDS = 60.0
"""A process under load may take long to start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceManager:
    """Its socket, and how processes find it."""

    socket: socket.socket
    address: str

    @property
    def environ(self) -> dict[str, str]:
        """What a process is started with."""
        return {VARIABLE: self.address}

    def hear(self) -> str:
        """Wait for the next message."""
        return self.socket.recv(4096).decode()

    def has_heard_all(self) -> bool:
        """Return whether nothing waits to be heard."""
        self.socket.setblocking(False)
        try:
            self.socket.recv(4096)
        except BlockingIOError:
            return True
        return False


@contextmanager
def open_service_manager(address: str) -> Iterator[ServiceManager]:
    """Listen at a path, or at a name with `@` in front."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.settimeout(SECONDS)
        listening.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        yield ServiceManager(socket=listening, address=address)
