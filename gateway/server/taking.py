"""Whether somebody at the other end of a connection takes what is sent there.

What the system has room for says little: it keeps megabytes, and makes room for more only once a large part of them is
gone. So it is asked how many bytes have been acknowledged. Its own limit, TCP_USER_TIMEOUT, cuts slow readers too.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from typing import Final

import structlog

LOOKS: Final = 10
"""How often it is looked within the time that somebody has."""

_FACTS: Final = struct.Struct("=24xI92xQ16xI")
"""Of Linux's `tcp_info`: segments that are not acknowledged, bytes that are, bytes that are not sent yet."""

_NO_LINGER: Final = struct.pack("ii", 1, 0)


class TakingWatch:
    """Cuts a connection where nothing of what is sent is taken for so long; who takes little is let be."""

    def __init__(self, transport: asyncio.Transport, seconds: float) -> None:
        self._transport = transport
        self._seconds = seconds
        self._pause = seconds / LOOKS
        self._loop = asyncio.get_running_loop()
        self._taken, self._since = 0, self._loop.time()
        self._timer = self._loop.call_later(self._pause, self._look)

    def end(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        taken, is_all = _measure(self._transport)
        if is_all or taken > self._taken:
            self._taken, self._since = taken, now
        elif now - self._since >= self._seconds + self._pause:  # it may have begun to wait just before the look
            structlog.get_logger(__name__).info("connection cut: nothing is taken there", seconds=self._seconds)
            _cut(self._transport)
            return
        self._timer = self._loop.call_later(self._pause, self._look)


def _measure(transport: asyncio.Transport) -> tuple[int, bool]:
    """Return how many bytes have been taken, and whether that is all; on other systems than Linux it is not known."""
    connection = transport.get_extra_info("socket")
    if sys.platform != "linux" or connection is None:
        return 0, True
    try:
        facts = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _FACTS.size)
    except OSError:  # it is closed already
        return 0, True
    unacknowledged, taken, unsent = _FACTS.unpack(facts)
    return taken, unacknowledged == unsent == transport.get_write_buffer_size() == 0


def _cut(transport: asyncio.Transport) -> None:
    """Close a connection at once; what the system keeps for it goes too."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()
