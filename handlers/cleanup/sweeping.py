"""Sweeps of many things, of which one that is damaged keeps no other from being swept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from shared.errors import StoreUnavailableError

_Item = TypeVar("_Item")


async def sweep_each(
    items: Iterable[_Item],
    sweep: Callable[[_Item], Awaitable[None]],
    *,
    ending: type[Exception] = StoreUnavailableError,
) -> None:
    """Sweep every item; then raise the first error that there was. After an `ending` one no further item is tried.

    Raises: StoreUnavailableError, what `sweep` raises.
    """
    first: Exception | None = None
    for item in items:
        try:
            await sweep(item)
        except ending:
            raise
        except Exception as error:  # noqa: BLE001 - raised below
            first = first or error
    if first is not None:
        raise first
