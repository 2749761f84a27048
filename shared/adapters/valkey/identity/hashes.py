"""The hashes in Valkey that identity is kept in, with a mirror elsewhere.

A mark in the store says that it was filled. A store without the mark has lost its content: it is filled from the
mirror before anything is read or written, so that an emptied store locks nobody out, nor does the first write into it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import RedisError, WatchError

from shared.adapters.valkey.addresses import NOT_NOW, NOT_NOW_SECONDS
from shared.adapters.valkey.client import store_errors
from shared.adapters.valkey.identity.content import HASHES, USES, Edit, IdentityContent, upgrade
from shared.adapters.valkey.identity.mirror import IdentityMirror
from shared.adapters.valkey.identity.mirror_file import MirrorFile
from shared.adapters.valkey.keeping import Keepers
from shared.adapters.valkey.namespaces import Namespace
from shared.ports.identity import let_pass
from shared.ports.mirrors import Mirror

_LISTENING_SECONDS: Final = 60.0
"""How long to listen at once: without a time of its own, the client's time-out ends it."""

Question: TypeAlias = Callable[[Pipeline], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What a change has written."""

    edits: Sequence[Edit]
    history: str | None = None
    """Which history of the store's writes it is part of; None where no replicas are waited for."""


class IdentityHashes:
    """All hashes of one installation, read and changed as of one moment."""

    def __init__(
        self, client: Redis, *, namespace: Namespace, mirror: Path | Mirror, keepers: Keepers | None = None
    ) -> None:
        """`mirror`: what keeps the copy; a path is that of a file that does."""
        self._client = client
        self._keepers = keepers or Keepers()
        self._mirror = IdentityMirror(MirrorFile(mirror) if isinstance(mirror, Path) else mirror)
        self.require: Callable[[IdentityContent], None] = let_pass
        self._namespace = namespace

    @property
    def filled_mark(self) -> str:
        """The key that says that the store was filled."""
        return self._namespace.key("identity:filled")

    @property
    def names(self) -> Mapping[str, str]:
        """The keys of the hashes."""
        return _name_hashes(self._namespace.text)

    @property
    def _changes(self) -> str:
        return self._namespace.key("identity:changes")

    def on(self, require: Callable[[IdentityContent], None]) -> IdentityHashes:
        """Give the same hashes, which change only where this raises nothing."""
        other = copy(self)
        other.require = require
        return other

    async def prepare(self) -> None:
        """Fill an empty store, bring it to this version's form, mirror what a last change may have left unmirrored."""
        await self.fill()
        await self.change(upgrade)

    async def read(self, *questions: Question) -> Sequence[Any]:
        """Read as of one moment, from a store that is filled."""
        while (answers := await self._read_if_filled(*questions)) is None:
            await self.fill()
        return answers

    async def _read_if_filled(self, *questions: Question) -> Sequence[Any] | None:
        with store_errors():
            async with self._client.pipeline(transaction=True) as pipeline:
                pipeline.exists(self.filled_mark)
                for ask in questions:
                    ask(pipeline)
                filled, *answers = await pipeline.execute()
        return answers if filled else None

    async def _read_all(self) -> IdentityContent | None:
        """Read everything; None from a store that is not filled."""
        asking = [lambda pipeline, name=name: pipeline.hgetall(self.names[name]) for name in HASHES]
        answers = await self._read_if_filled(*asking)
        return None if answers is None else IdentityContent(**dict(zip(HASHES, answers, strict=True)))

    async def change(self, decide: Callable[[IdentityContent], Iterable[Edit]]) -> Sequence[Edit]:
        """Decide on the whole, write, mirror; where another change came between, decide again. Returns the edits."""
        change, end = await self._decide_and_write(decide), time.monotonic() + NOT_NOW_SECONDS
        while change.edits and await self._is_forgotten(change):
            with store_errors():
                await self._keepers.leave_server(self._client, end)
            history = await self._find(change.edits)
            change = replace(change, history=history) if history else await self._decide_and_write(decide)
        await self._write_mirror()
        return change.edits

    async def _decide_and_write(self, decide: Callable[[IdentityContent], Iterable[Edit]]) -> _Change:
        while (change := await self._try_to_change(decide)) is None:
            pass
        return change

    async def _find(self, edits: Iterable[Edit]) -> str | None:
        """Return the history of a server that is as a change left it; None where this one is not."""
        asking = [lambda pipeline, name=name: pipeline.hgetall(self.names[name]) for name in HASHES]
        answers = await self._read_if_filled(*asking, lambda pipeline: pipeline.info("replication"))
        if answers is None:
            return None
        *hashes, told = answers
        content = dict(zip(HASHES, hashes, strict=True))
        is_there = all(content[each.hash].get(each.field) == each.text for each in edits if each.hash in HASHES)
        return str(told["master_replid"]) if is_there else None

    async def _try_to_change(self, decide: Callable[[IdentityContent], Iterable[Edit]]) -> _Change | None:
        with store_errors(), contextlib.suppress(WatchError):
            async with self._client.pipeline(transaction=True) as pipeline:
                await pipeline.watch(self.filled_mark, *(self.names[name] for name in HASHES))
                # Whatever changes the store from here on, on this connection or another, makes the rest void.
                content = await self._read_all()
                if content is None:
                    await self.fill()
                    return None
                self.require(content)
                edits = list(decide(content))
                pipeline.multi()  # type: ignore[no-untyped-call]
                for edit in edits:
                    self._queue(edit, pipeline)
                if not self._keepers.replicas:
                    await pipeline.execute()
                    return _Change(edits=edits)
                pipeline.info("replication")
                *_, told = await pipeline.execute()
                return _Change(edits=edits, history=told["master_replid"])
        return None

    async def _is_forgotten(self, change: _Change) -> bool:
        """Tell all processes that something has changed, wait until it is kept; whether it may be forgotten instead.

        It may where the server is the master no more, or the connection was lost and another server was found. No part
        of the change, which is made: who misses it asks again, and what is slow is told to the log.
        """
        try:
            written = await self._keepers.write(self._client, ("PUBLISH", self._changes, ""), ("INCR", self._changes))
        except NOT_NOW:
            return bool(self._keepers.replicas)
        except (RedisError, OSError):
            return False
        else:
            if written.is_forgotten or change.history not in (None, written.history):
                return True
            if written.kept is False:
                log = structlog.get_logger(__name__)
                log.warning("a change of identity is made, but not confirmed by disk and replicas yet")
        return False

    async def watch(self, tell: Callable[[], None]) -> None:
        """Tell of each change, and of each beginning to listen.

        Raises: StoreUnavailableError, also once the keys have moved: then to listen is to begin anew.
        """
        with store_errors():
            async with self._client.pubsub() as listening:
                namespace = self._namespace.text
                await listening.subscribe(self._changes)
                while True:
                    # The first message answers the subscribing; it comes again after a connection was lost.
                    if await listening.get_message(timeout=_LISTENING_SECONDS) is not None:
                        tell()
                        await self._namespace.require_unmoved(self._client, namespace)

    def _queue(self, edit: Edit, pipeline: Pipeline) -> None:
        if edit.text is None:
            pipeline.hdel(self.names[edit.hash], edit.field)
        else:
            pipeline.hset(self.names[edit.hash], edit.field, edit.text)

    async def fill(self) -> None:
        """Fill an empty store from the mirror, which is not asked otherwise. Raises: also UnavailableError."""
        with store_errors():
            if await self._client.exists(self.filled_mark):
                return
        content = await self._mirror.read()
        with store_errors(), contextlib.suppress(WatchError):  # another process filled it first
            async with self._client.pipeline(transaction=True) as pipeline:
                await pipeline.watch(self.filled_mark)
                if await pipeline.exists(self.filled_mark):
                    return
                pipeline.multi()  # type: ignore[no-untyped-call]
                for name in HASHES:
                    texts: Mapping[str, str] = {} if content is None else getattr(content, name)
                    if texts:
                        pipeline.hset(self.names[name], mapping=dict(texts))
                pipeline.set(self.filled_mark, 1)
                await pipeline.execute()

    async def _write_mirror(self) -> None:
        """Mirror the store: the last to read is the last to write."""
        with store_errors():
            await self._mirror.renew(self._read_all)


@cache
def _name_hashes(namespace: str) -> Mapping[str, str]:
    return {name: f"{namespace}:identity:{name}" for name in (*HASHES, USES)}
