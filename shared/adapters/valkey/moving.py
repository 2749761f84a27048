"""Moves an installation's keys from the bare names of earlier versions to those with the tag.

First, in one step, marks take the places of what every request and every claim goes by, so that whoever is at work
waits or fails. Then each key gets its new name; nobody reads or writes meanwhile. At last the store says that it is
done, and processes that are at work go on under the new names at their next script. A move that was interrupted goes on
where it stood.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from redis.asyncio import Redis

from shared.adapters.valkey.backups import TRANSIENT, escape_pattern
from shared.adapters.valkey.client import moving_error, open_valkey, send, store_errors
from shared.adapters.valkey.keeping import Keepers
from shared.adapters.valkey.layouts import SIGNS
from shared.adapters.valkey.namespaces import GUARDED, MOVED, Namespace
from shared.adapters.valkey.schema import NEEDED, UNFINISHED, require_known
from shared.adapters.valkey.scripts import load_alone
from shared.errors import ConflictError, NotDurableError
from shared.settings.addresses import is_cluster
from shared.settings.process import Settings

_SCRIPT: Final = load_alone("move_keys").text

_AT_ONCE: Final = 1000
"""Keys that one script looks at: some milliseconds in which the server does nothing else."""

_TOLD: Final = 3
"""Of keys whose new names are taken."""

_TRANSIENT: Final = f",{','.join(sorted(each.decode() for each in TRANSIENT))},"


class ValkeyKeys:
    """Implements the StoreKeys port. The client must decode answers to text."""

    def __init__(self, client: Redis, settings: Settings, keepers: Keepers) -> None:
        self._client = client
        self._keepers = keepers
        self._is_cluster = is_cluster(settings.valkey_url)
        self._bare = Namespace(settings.installation, is_tagged=False)
        self._tagged = Namespace(settings.installation)

    @property
    def beginning(self) -> str:
        """What keys begin with today."""
        return self._tagged.text

    async def begin(self) -> bool:
        """Look, then leave marks in one step."""
        schema = self._tagged.key("schema")
        with store_errors():
            needed = await send(self._client, "GET", schema)
            if needed not in {None, UNFINISHED}:
                require_known(schema, needed)
                return False
            if self._is_cluster:
                return False
            return await self._begin()

    async def _begin(self) -> bool:
        bare = self._bare
        moved, needed = (
            await send(self._client, "GET", bare.key(MOVED)),
            await send(self._client, "GET", bare.key("schema")),
        )
        if moved is None:
            if needed is not None:
                require_known(bare.key("schema"), needed)
            if not await send(self._client, "EXISTS", *(bare.key(each) for each in SIGNS)):
                raise ConflictError(
                    f"The job store holds no installation {bare.installation!r}: look at GRAPHFERRY_INSTALLATION and "
                    "GRAPHFERRY_VALKEY_URL. There is nothing to move."
                )
            await self._require_alone()
        return bool(await self._run("begin", NEEDED, *GUARDED))

    async def _require_alone(self) -> None:
        """Raise ConflictError where keys of another installation begin as ours do."""
        pattern = escape_pattern(self._bare.key("")) + "*:identity:filled"
        async for other in self._client.scan_iter(pattern, count=_AT_ONCE):
            raise ConflictError(
                f"Another installation's keys begin as those of {self._bare.installation!r} do: {other}. Move that one "
                "into a database of its own first, by `graphferry backup` and `graphferry restore`."
            )

    async def move(self) -> AsyncIterator[int]:
        """Go through all bare keys until none is left."""
        pattern, cursor, moved = escape_pattern(self._bare.key("")) + "*", "0", 0
        while True:
            with store_errors():
                answer = await self._run("some", cursor, pattern, _AT_ONCE, _TRANSIENT, *GUARDED)
            if answer is None:
                raise moving_error()
            cursor, number, taken = answer
            if taken:
                raise self._judge(taken)
            yield number
            moved += number
            if cursor == "0":
                if not moved:
                    return
                moved = 0

    def _judge(self, taken: list[str]) -> ConflictError:
        told = ", ".join(self._bare.key(each) for each in taken[:_TOLD])
        return ConflictError(
            f"Keys were written meanwhile whose new names are taken, such as {told}: a process of an earlier version "
            f"is at work. Stop it, remove these keys ({self._tagged.key('')}… is what counts), and run this again."
        )

    async def end(self) -> bool | None:
        """Say so in the store, and wait until disk and replicas have it."""
        command = ("EVAL", _SCRIPT, 0, "end", self._bare.text, self._tagged.text, NEEDED)
        with store_errors():
            written = await self._keepers.write_until_kept(
                self._client, lambda: self._keepers.write(self._client, command)
            )
        (answer,) = written.answers
        if isinstance(answer, Exception):
            with store_errors():
                raise answer
        if answer is None:
            raise moving_error()
        if written.kept is False:
            raise NotDurableError(
                "All keys are moved, but disk and replicas did not confirm it in time: run this again."
            )
        return written.kept

    async def _run(self, part: str, *arguments: str | int) -> Any:
        return await send(self._client, "EVAL", _SCRIPT, 0, part, self._bare.text, self._tagged.text, *arguments)


@asynccontextmanager
async def open_valkey_keys(settings: Settings, keepers: Keepers) -> AsyncIterator[ValkeyKeys]:
    """Open a client of its own. Nothing is sent before its first use."""
    async with open_valkey(settings.valkey_address) as client:
        yield ValkeyKeys(client, settings, keepers)
