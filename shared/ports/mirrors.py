"""The port of what keeps a copy of identity, in case the store loses it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

Renew: TypeAlias = Callable[[bytes | None], Awaitable[bytes | None]]
"""Given what was kept last, returns what is to be kept instead; None: it stays."""


class Mirror(Protocol):
    """Keeps the bytes of one copy. What it raises names the place: UnavailableError, OSError."""

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        ...

    async def read(self) -> bytes | None:
        """Return what was kept last; None where nothing ever was."""
        ...

    async def replace(self, renew: Renew) -> None:
        """Replace the copy, as one process at a time: the last to be asked is the last to write.

        Also raises what `renew` raises, and then nothing has changed.
        """
        ...
