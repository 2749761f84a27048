"""The hashes in Valkey that identity is kept in, with a mirror elsewhere.

A mark in the store says that it was filled. A store without the mark has lost its content: it is filled from the
mirror before anything is read or written, so that an emptied store locks nobody out, nor does the first write into it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from operator import methodcaller
from pathlib import Path
from typing import Any, Final, TypeAlias

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import WatchError

from shared.adapters.valkey.addresses import NOT_NOW, patience
from shared.adapters.valkey.client import store_errors
from shared.adapters.valkey.identity.content import HASHES, USES, Edit, IdentityContent, upgrade
from shared.adapters.valkey.identity.mirror import IdentityMirror
from shared.adapters.valkey.identity.mirror_file import MirrorFile
from shared.adapters.valkey.keeping import LOOK_SECONDS, Keepers, Written
from shared.adapters.valkey.namespaces import Namespace
from shared.ports.identity import let_pass
from shared.ports.mirrors import Mirror

_LISTENING_SECONDS: Final = 60.0
"""How long to listen at once: without a time of its own, the client's time-out ends it."""

_MARK_SECONDS: Final = 60
"""How long a server can be asked whether it has a change: longer than anybody asks."""

Question: TypeAlias = Callable[[Pipeline], object]


@dataclass(slots=True, kw_only=True)
class _Change:
    """What is to be changed."""

    decide: Callable[[IdentityContent], Iterable[Edit]]
    mark: str
    """The key that a server has that has the change: written in the same step, so that no answer is needed to know."""
    edits: Sequence[Edit] = ()
    """What was decided last."""


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
        answers = await self._read_if_filled(*self._ask_all())
        return None if answers is None else _content_of(answers)

    def _ask_all(self) -> Sequence[Question]:
        return [methodcaller("hgetall", self.names[name]) for name in HASHES]

    async def change(self, decide: Callable[[IdentityContent], Iterable[Edit]]) -> Sequence[Edit]:
        """Decide on the whole, write, have it kept, mirror; where another change came between, decide again.

        Gives the edits. Raises: StoreUnavailableError also where nobody can say any more whether it is kept.
        """
        change = _Change(decide=decide, mark=self._namespace.key(f"identity:made:{secrets.token_hex(16)}"))
        with store_errors():
            written = await self._keepers.write_until_kept(self._client, lambda: self._make(change))
        if written.kept is False:
            log = structlog.get_logger(__name__)
            log.warning("a change of identity is made, but not confirmed by disk and replicas yet")
        await self._write_mirror()
        return change.edits

    async def _make(self, change: _Change) -> Written:
        """Make a change that the server does not have, and tell all processes; forgotten where it is gone by then."""
        end = time.monotonic() + patience()
        while not await self._has_made(change, end):
            pass
        if not change.edits:
            return Written(answers=(), kept=None)
        told = (("EXISTS", change.mark), ("PUBLISH", self._changes, ""), ("INCR", self._changes))
        written = await self._keepers.write(self._client, *told)
        is_there = written.answers[0]
        if isinstance(is_there, Exception):
            raise is_there
        return replace(written, is_forgotten=written.is_forgotten or not is_there)

    async def _has_made(self, change: _Change, end: float) -> bool:
        """Make it, once; False where something changes meanwhile, also where a lost connection hides whether it did.

        Raises: NotNowError once the time is over for a server that takes no writes now.
        """
        try:
            with _overtaken():
                return await self._try_to_make(change)
        except NOT_NOW:
            if time.monotonic() > end:
                raise
            await asyncio.sleep(LOOK_SECONDS)
        return False

    async def _try_to_make(self, change: _Change) -> bool:
        async with self._client.pipeline(transaction=True) as pipeline:
            await pipeline.watch(self.filled_mark, *(self.names[name] for name in HASHES))
            # Whatever changes the store from here on, on this connection or another, makes the rest void.
            answers = await self._read_if_filled(methodcaller("exists", change.mark), *self._ask_all())
            if answers is None:
                await self.fill()
                return False
            is_made, *hashes = answers
            if not is_made:
                self._decide(change, _content_of(hashes), pipeline)
                await pipeline.execute()
            return True

    def _decide(self, change: _Change, content: IdentityContent, pipeline: Pipeline) -> None:
        self.require(content)
        change.edits = list(change.decide(content))
        pipeline.multi()  # type: ignore[no-untyped-call]
        if change.edits:
            pipeline.set(change.mark, 1, ex=_MARK_SECONDS)
        for edit in change.edits:
            self._queue(edit, pipeline)

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
        with store_errors(), _overtaken():  # another process filled it first
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


@contextmanager
def _overtaken() -> Iterator[None]:
    """Go on where another change came first. Raises: NotNowError.

    The client library takes every connection that is lost while it watches for that, also one of a server that takes no
    writes now.
    """
    try:
        yield
    except WatchError as error:
        if isinstance(error.__context__, NOT_NOW):
            raise error.__context__ from None


def _content_of(hashes: Sequence[Mapping[str, str]]) -> IdentityContent:
    return IdentityContent(**dict(zip(HASHES, hashes, strict=True)))


@cache
def _name_hashes(namespace: str) -> Mapping[str, str]:
    return {name: f"{namespace}:identity:{name}" for name in (*HASHES, USES)}
