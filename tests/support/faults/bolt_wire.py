"""Just enough of the Bolt protocol to see when a server has committed.

A message is cut into chunks, each with two bytes of length before it; a chunk of no length ends it. The first two bytes
of a message are a marker and its signature. Source: the Bolt protocol's message specification.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

HELLO, RESET, RUN, BEGIN, COMMIT, ROLLBACK = 0x01, 0x0F, 0x10, 0x11, 0x12, 0x13
SUCCESS, RECORD = 0x70, 0x71

OURS = b"tx_metadata"
"""What every transaction of an import carries."""


@dataclass(slots=True, kw_only=True)
class Messages:
    """The messages of one direction of a connection."""

    opening: bytes
    """Marker and signature of the first message; what comes before is the handshake."""
    _pending: bytearray = field(default_factory=bytearray)
    _message: bytearray = field(default_factory=bytearray)
    _is_open: bool = False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Take bytes as they come; give each message that they complete."""
        self._pending += piece
        if not self._is_open:
            self._skip_handshake()
        while self._is_open and len(self._pending) >= 2:
            size = int.from_bytes(self._pending[:2], "big")
            if len(self._pending) < 2 + size:
                return
            self._message += self._pending[2 : 2 + size]
            del self._pending[: 2 + size]
            if size == 0 and self._message:
                yield bytes(self._message)
                self._message.clear()

    def _skip_handshake(self) -> None:
        at = self._pending.find(self.opening)
        if at >= 2:
            del self._pending[: at - 2]
            self._is_open = True


@dataclass(slots=True)
class CommitWatch:
    """Follows both directions of a connection."""

    _asked: Messages = field(default_factory=lambda: Messages(opening=bytes([0xB1, HELLO])))
    _answered: Messages = field(default_factory=lambda: Messages(opening=bytes([0xB1, SUCCESS])))
    _is_explicit: bool = False
    _answers_left: int = 0
    """Until the server has committed what it was asked to; 0: nothing."""

    def see_request(self, piece: bytes) -> None:
        for message in self._asked.feed(piece):
            signature = message[1]
            if signature in {BEGIN, COMMIT, ROLLBACK, RESET}:
                self._is_explicit = signature == BEGIN
                self._answers_left = 1 if signature == COMMIT else 0
            elif signature == RUN and not self._is_explicit and OURS in message:
                self._answers_left = 2  # to RUN, then to PULL, which comes with the commit

    def sees_commit(self, piece: bytes) -> bool:
        """Take what the server sends; give whether it has committed with that."""
        for message in self._answered.feed(piece):
            if self._answers_left and message[1] != RECORD:
                self._answers_left = self._answers_left - 1 if message[1] == SUCCESS else 0
                if message[1] == SUCCESS and self._answers_left == 0:
                    return True
        return False
