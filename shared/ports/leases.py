"""The port of leases: who alone may do something for now, in all processes."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Lease(Protocol):
    """The right to what a name stands for, renewed while the context lasts."""

    def require(self) -> None:
        """Make sure that it has not run out. Raises: UnavailableError."""
        ...

    async def is_wanted(self) -> bool:
        """Whether somebody waits for it. Raises: StoreUnavailableError."""
        ...


class Leases(Protocol):
    """Gives each name to one holder at once, or to several that share it; who dies loses it after some seconds.

    All raise StoreUnavailableError.
    """

    def hold(self, name: str, *, seconds: float, shared: bool = False) -> AbstractAsyncContextManager[Lease]:
        """Wait so long for the name, which its holder is told. Raises: TimeoutError."""
        ...

    async def is_held(self, name: str) -> bool:
        """Whether somebody has the name."""
        ...
