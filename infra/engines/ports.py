"""Finds TCP ports on the loopback interface."""

from __future__ import annotations

import random
import socket

LOOPBACK = "127.0.0.1"

_CANDIDATES = range(15_000, 32_000)
"""Below the ports that systems give to outgoing connections, so that none is taken between choice and use."""


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Return whether a server could listen on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def choose_port() -> int:
    """Choose a free port at random."""
    generator = random.SystemRandom()
    while not is_free(port := generator.choice(_CANDIDATES)):
        pass
    return port
