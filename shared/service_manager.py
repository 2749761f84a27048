"""Tells the service manager that started this process how it is, by the protocol of systemd's `Type=notify`.

Nothing is told where the environment names no socket.
"""

from __future__ import annotations

import os
import socket
from typing import Final

import structlog

VARIABLE: Final = "NOTIFY_SOCKET"
"""The socket's path; with `@` in front its name where no file system has it."""


def tell_ready() -> None:
    """Say that this process does its work from now on."""
    _tell("READY=1")


def tell_stopping(*, seconds: float) -> None:
    """Say that this process stops, and asks for so many seconds from now until it must have ended."""
    _tell(f"STOPPING=1\nEXTEND_TIMEOUT_USEC={round(seconds * 1_000_000)}")


def _tell(state: str) -> None:
    address = os.environ.get(VARIABLE)
    if not address:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as manager:
            manager.setblocking(False)
            manager.sendto(state.encode(), f"\0{address[1:]}" if address.startswith("@") else address)
    except OSError as error:
        structlog.get_logger(__name__).warning("service manager not told", state=state, error=str(error))
