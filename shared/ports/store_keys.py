"""The port of what moves the keys of an installation to the names that they have today."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol


class StoreKeys(Protocol):
    """All keys of one installation. Each method raises StoreUnavailableError and StoreTooNewError."""

    @property
    def beginning(self) -> str:
        """What keys begin with today, before a colon."""
        ...

    async def begin(self) -> bool:
        """Have everybody wait who would read or write; False where there is nothing to move.

        Raises: ConflictError where the store holds nothing of the installation.
        """
        ...

    def move(self) -> AsyncIterator[int]:
        """Move all, and tell after each part how many keys it moved.

        Raises: ConflictError where a new name is taken, StoreUnavailableError where it is to be begun again.
        """
        ...

    async def end(self) -> bool | None:
        """Have everybody go on under the new names, once that is kept; None where nobody says whether it is.

        Raises: NotDurableError where disk and replicas do not confirm it.
        """
        ...
