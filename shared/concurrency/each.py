"""The same work for many things, of which one that is damaged keeps it from no other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from shared.errors import StoreUnavailableError

_Item = TypeVar("_Item")


async def do_for_each(
    items: Iterable[_Item],
    work: Callable[[_Item], Awaitable[None]],
    *,
    ending: type[Exception] = StoreUnavailableError,
) -> None:
    """Do the work for every item, then raise the first error that there was; an `ending` one is raised at once.

    Raises: StoreUnavailableError, what `work` raises.
    """
    first: Exception | None = None
    for item in items:
        try:
            await work(item)
        except ending:
            raise
        except Exception as error:  # noqa: BLE001 - raised below
            first = first or error
    if first is not None:
        raise first
