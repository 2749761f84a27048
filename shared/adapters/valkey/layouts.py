"""Finds out what a store's keys begin with, once for each process, and marks one that nobody has used yet."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.adapters.valkey.client import moving_error, send, store_errors
from shared.adapters.valkey.namespaces import GUARDED, MOVED, Namespace
from shared.adapters.valkey.schema import NEEDED, NEEDED_BARE, UNFINISHED, require_known
from shared.adapters.valkey.scripts import load_alone
from shared.errors import StoreUnavailableError
from shared.settings.addresses import is_cluster

_LOOK: Final = load_alone("layout").text

SIGNS: Final = ("identity:filled", "slots", "workers", "schema")
"""Keys of which a store in use has one."""

_NO_RIGHTS: Final = "ACL failure"
"""What a server says of a script that accesses what its user has no rights on."""


async def find_namespace(client: Redis, installation: str, url: str) -> Namespace:
    """Look, and change nothing. Raises: StoreTooNewError, StoreUnavailableError also while keys are being moved."""
    return await _find(client, installation, url, settles=False)


async def guess_namespace(client: Redis, installation: str, url: str) -> Namespace:
    """Look likewise; a server that answers and refuses to say counts as one that nobody has used yet."""
    try:
        return await find_namespace(client, installation, url)
    except StoreUnavailableError as error:
        if isinstance(error.__cause__, ResponseError):
            return Namespace(installation)
        raise


async def settle_namespace(client: Redis, installation: str, url: str) -> Namespace:
    """Look, and have a store that nobody has used yet be a tagged one, for good.

    Processes that begin at once come to the same. Raises: StoreTooNewError, StoreUnavailableError.
    """
    return await _find(client, installation, url, settles=True)


async def _find(client: Redis, installation: str, url: str, *, settles: bool) -> Namespace:
    tagged = Namespace(installation)
    schema = tagged.key("schema")
    with store_errors():
        needed = await send(client, "GET", schema)
        if needed is not None:
            _require_finished(needed)
            require_known(schema, needed)
            return tagged
        if is_cluster(url):
            found: Any = "tagged"
        else:
            found = await _look(client, tagged, settles=settles)
        if found == "moving":
            raise moving_error()
        if found == "tagged":
            if settles:
                with suppress(ResponseError):  # one that takes no writes now: whoever starts next marks it
                    await send(client, "SET", schema, NEEDED, "NX")
            return tagged
    bare = Namespace(installation, is_tagged=False)
    if found is not None:
        require_known(bare.key("schema"), found)
    elif settles:
        with store_errors(), suppress(ResponseError):
            await send(client, "SET", bare.key("schema"), NEEDED_BARE, "NX")
    return bare


def _require_finished(needed: str) -> None:
    if needed == UNFINISHED:
        raise moving_error()


async def _look(client: Redis, tagged: Namespace, *, settles: bool) -> Any:
    """Answer `tagged`, `moving`, or what the bare schema says: nothing, perhaps."""
    bare = tagged.installation
    try:
        return await send(
            client, "EVAL", _LOOK, 0, bare, tagged.text, NEEDED, int(settles), MOVED, *SIGNS, "", *GUARDED
        )
    except ResponseError as error:
        if _NO_RIGHTS in str(error):
            return await _look_narrowly(client, tagged)
        # One that takes no writes now.
        return await send(client, "EVAL", _LOOK, 0, bare, tagged.text, NEEDED, 0, MOVED, *SIGNS, "")


async def _look_narrowly(client: Redis, tagged: Namespace) -> str:
    """Judge by what a user may see who has no rights on bare keys.

    What another process of the installation writes first, a moment before, is one of the signs: so they come last.
    """
    if await send(client, "DBSIZE") and not await send(client, "EXISTS", *(tagged.key(name) for name in SIGNS)):
        raise StoreUnavailableError(
            f"Whether the job store holds keys {tagged.installation}:* of an earlier version cannot be seen: it is not "
            f"empty, and its user has no rights on them. Where there are none, set {tagged.key('schema')} to {NEEDED} "
            f"once; else give the user ~{tagged.installation}:* as well, until `graphferry move-keys` has moved them."
        )
    return "tagged"
