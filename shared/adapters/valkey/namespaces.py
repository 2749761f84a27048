"""What all keys of an installation begin with, and the marks that tell.

It is the installation's name in braces: Valkey Cluster keeps all keys with the same text in braces on one server, and
one pattern of a user's rights fits all of them, arq's included. Earlier versions wrote the bare name, and arq's keys
beside it. A store that they have used stays bare until `graphferry move-keys` moves it: they may be at work there.

Where keys were moved from, or were never written, marks stand in the way of whoever does not know: a version that
writes bare keys fails at them before it accepts anything.
"""

from __future__ import annotations

from typing import Final

from redis.asyncio import Redis

from shared.adapters.valkey.client import GONE, moving_error, send, store_errors
from shared.adapters.valkey.identity.content import HASHES

MOVED: Final = "moved"
"""The bare key that says that the keys are elsewhere: `begun` or `done`."""

GUARDED: Final = (
    *(f"identity:{name}" for name in HASHES),
    *("identity:filled", "slots", "audit", "totals", "tenant_jobs"),
)
"""Bare keys that become marks: texts in the place of hashes and streams, so that reading and writing them fails."""


class Namespace:
    """The beginning of all keys, the same object for whatever a process has opened of an installation."""

    def __init__(self, installation: str, *, is_tagged: bool = True) -> None:
        self.installation = installation
        self.is_tagged = is_tagged

    @property
    def text(self) -> str:
        """What stands before the first colon."""
        return f"{{{self.installation}}}" if self.is_tagged else self.installation

    @property
    def arq(self) -> str:
        """What arq's own keys begin with, its `arq:` included."""
        return f"{self.text}:arq:" if self.is_tagged else "arq:"

    def key(self, name: str) -> str:
        """Give a key."""
        return f"{self.text}:{name}"

    def follow(self, error: Exception) -> bool:
        """Whether a script did nothing because the keys have been moved; if so, they are called by their new names."""
        if self.is_tagged or not str(error).startswith(GONE):
            return False
        self.is_tagged = True
        return True

    async def require_unmoved(self, client: Redis, read: str) -> None:
        """Make sure that what was not found under this beginning is not there. Raises: StoreUnavailableError.

        Keys that are being moved are found nowhere for a moment.
        """
        if read != self.installation:
            return
        with store_errors():
            if await send(client, "EXISTS", f"{read}:{MOVED}"):
                raise moving_error()
