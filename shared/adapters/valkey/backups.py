"""What a backup takes out of the store: every key of one installation, as the server itself writes it down.

Left out is what only processes at work need: the workers and their clocks, what the reaper and the changes of identity
count by, what a store says of the form of its keys, and the queues with arq's own keys, whose events the reaper writes
anew. So is the secret that gateways sign with, which no file is to hold: a gateway makes another. Lines of jobs that
have not ended are taken along, for the jobs go on with them.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import islice
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError, ResponseError

from shared.adapters.valkey.addresses import open_pool
from shared.adapters.valkey.client import open_valkey, parse_clock, send, store_errors
from shared.adapters.valkey.identity.content import HASHES
from shared.adapters.valkey.keeping import Keepers, Written
from shared.adapters.valkey.layouts import find_namespace
from shared.adapters.valkey.namespaces import Namespace
from shared.adapters.valkey.scripts import Scripts
from shared.adapters.valkey.signing import SIGNING_KEY
from shared.errors import ConflictError, NotDurableError, StoreUnavailableError
from shared.jobs.record import MAX_CRASHES
from shared.ports.backups import IdentityEntry, StoredKey
from shared.settings.process import Settings

TRANSIENT: Final = frozenset(
    (
        *(b"workers", b"worker_starts", b"worker_clocks", b"worker_draining"),
        *(b"counted", b"reaped_to", b"check"),
        *(b"schema", b"moved"),
        b"identity:changes",
        SIGNING_KEY.encode(),
    )
)
_FILLED: Final = b"identity:filled"
"""The mark of a filled store: whoever reads identity may set it. A restore sets it last."""
_PASSING: Final = (b"queue:", b"arq:", b"identity:made:")
_READ_APART: Final = frozenset({_FILLED, *(f"identity:{name}".encode() for name in HASHES)})

_AT_ONCE: Final = 50
"""Keys of one round trip: some of them, such as an audit log, are large."""
_SCANNED: Final = 500

_KEEPING_SECONDS: Final = 60.0
"""How long a server may take to have a whole installation on disk."""

_SPECIAL: Final = re.compile(r"([*?\[\]\\^])")


class ValkeyBackups:
    """Implements the BackupStore port. The client must not decode answers."""

    def __init__(self, client: Redis, settings: Settings, keepers: Keepers, namespace: Namespace) -> None:
        self._client = client
        self._keepers = keepers
        self._namespace = namespace
        self._prefix = f"{namespace.text}:".encode()
        lease_ms, kept_ms = round(settings.lease_seconds * 1000), settings.keep_ended_days * 86_400_000
        self._scripts = Scripts(client, namespace, (lease_ms, kept_ms, MAX_CRASHES), keepers)

    @property
    def installation(self) -> str:
        """Whose keys they are."""
        return self._namespace.installation

    @property
    def beginning(self) -> str:
        """What they begin with."""
        return self._namespace.text

    async def read_clock(self) -> datetime:
        """Ask the server."""
        with store_errors():
            return parse_clock(*await send(self._client, "TIME"))

    async def read_identity(self) -> Sequence[IdentityEntry] | None:
        """Read the hashes in one transaction."""
        with store_errors():
            async with self._client.pipeline(transaction=True) as pipeline:
                pipeline.execute_command("EXISTS", self._key(_FILLED))
                for name in HASHES:
                    pipeline.execute_command("HGETALL", self._hash(name))
                filled, *contents = await pipeline.execute()
        if not filled:
            return None
        return [
            IdentityEntry(hash=name, field=field.decode(), text=text.decode())
            for name, content in zip(HASHES, contents, strict=True)
            for field, text in content.items()
        ]

    async def dump(self) -> AsyncIterator[Sequence[StoredKey]]:
        """Scan, and dump what was found."""
        namespace = self._namespace.text
        async for names in self._scan():
            for some in _in_batches([each for each in names if each not in _READ_APART]):
                yield await self._dump(some)
        await self._namespace.require_unmoved(self._client, namespace)

    async def _dump(self, names: Sequence[bytes]) -> Sequence[StoredKey]:
        """Dump each with its time as of one moment; a key that is gone since is left out."""
        with store_errors():
            async with self._client.pipeline(transaction=True) as pipeline:
                for name in names:
                    pipeline.execute_command("DUMP", self._key(name))
                    pipeline.execute_command("PTTL", self._key(name))
                answers = await pipeline.execute()
        return [
            StoredKey(name=name, value=value, ttl_ms=0 if ttl < 0 else max(ttl, 1))
            for name, value, ttl in zip(names, answers[::2], answers[1::2], strict=True)
            if value is not None
        ]

    async def count(self) -> int:
        """Scan; what comes twice counts twice."""
        return sum([len(names) async for names in self._scan()])

    async def _scan(self) -> AsyncIterator[Sequence[bytes]]:
        """Give the names of all that is more than transient, some at once; a name may come twice."""
        pattern = escape_pattern(self._namespace.key("")) + "*"
        cursor = 0
        while True:
            with store_errors():
                answer: Any = await send(self._client, "SCAN", cursor, "MATCH", pattern, "COUNT", _SCANNED)
            names = [name.removeprefix(self._prefix) for name in answer[1]]
            yield [name for name in names if name not in TRANSIENT and not name.startswith(_PASSING)]
            cursor = int(answer[0])
            if not cursor:
                return

    async def write_keys(self, keys: Sequence[StoredKey]) -> None:
        """Restore some at once."""
        for some in _in_batches([each for each in keys if each.name not in TRANSIENT]):
            with store_errors():
                async with self._client.pipeline(transaction=False) as pipeline:
                    for each in some:
                        name = self._key(each.name)
                        pipeline.execute_command("RESTORE", name, each.ttl_ms, each.value, "REPLACE")
                    answers = await pipeline.execute(raise_on_error=False)
                for each, answer in zip(some, answers, strict=True):
                    _require_restored(each, answer)

    async def write_identity(self, entries: Sequence[IdentityEntry]) -> None:
        """Write them without the mark of a filled store."""
        with store_errors():
            async with self._client.pipeline(transaction=False) as pipeline:
                for each in entries:
                    pipeline.execute_command("HSET", self._hash(each.hash), each.field, each.text)
                await pipeline.execute()

    async def place_jobs(self, jobs: Sequence[str]) -> Collection[str]:
        """Run the script for each."""
        tenants = [await self._scripts.call("place_job", job) for job in jobs]
        return {each.decode() for each in tenants if each is not None}

    async def start_waiting(self, tenants: Collection[str]) -> None:
        """Run the script for each."""
        for tenant in tenants:
            await self._scripts.call("start_waiting", tenant)

    async def complete(self) -> bool | None:
        """Set the mark, which nobody must have set meanwhile."""
        mark = self._key(_FILLED).decode()
        with store_errors():
            is_set = await send(self._client, "SET", mark, 1, "NX")
            if not is_set:
                raise ConflictError(
                    "A gateway, a worker or another command has filled the store meanwhile: what it holds now is a "
                    f"mixture. Stop them all, remove the keys {self.beginning}:*, and restore again."
                )
            end = time.monotonic() + _KEEPING_SECONDS
            while (written := await self._keepers.write(self._client, ("SET", mark, 1))).kept is False:
                if time.monotonic() > end:
                    break
                await asyncio.sleep(0.2)
        return self._judge(written)

    def _judge(self, written: Written) -> bool | None:
        if written.is_forgotten:
            raise StoreUnavailableError(
                "Another server has become the master, which does not have all keys: remove the keys "
                f"{self.beginning}:* there, and restore again."
            )
        if written.kept is False:
            raise NotDurableError(
                f"All is written, but disk and replicas did not confirm it within {_KEEPING_SECONDS:.0f} seconds: look "
                "into the server's log, then compare with `graphferry restore FILE --verify`."
            )
        return written.kept

    async def remove_all(self) -> None:
        """Scan, and remove what was found."""
        async for names in self._scan():
            if names:
                with store_errors():
                    await send(self._client, "UNLINK", *map(self._key, names))

    async def find_missing(self, names: Sequence[bytes]) -> Sequence[bytes]:
        """Ask for each in one round trip."""
        with store_errors():
            async with self._client.pipeline(transaction=False) as pipeline:
                for name in names:
                    pipeline.execute_command("EXISTS", self._key(name))
                answers = await pipeline.execute()
        return [name for name, is_there in zip(names, answers, strict=True) if not is_there]

    async def read_texts(self, entries: Sequence[IdentityEntry]) -> Sequence[str | None]:
        """Ask for each in one round trip."""
        with store_errors():
            async with self._client.pipeline(transaction=False) as pipeline:
                for each in entries:
                    pipeline.execute_command("HGET", self._hash(each.hash), each.field)
                answers = await pipeline.execute()
        return [None if each is None else each.decode() for each in answers]

    def _key(self, name: bytes) -> bytes:
        return self._prefix + name

    def _hash(self, name: str) -> bytes:
        return self._key(f"identity:{name}".encode())


def escape_pattern(text: str) -> str:
    """Give the pattern of a text that stands for itself."""
    return _SPECIAL.sub(r"\\\1", text)


def _in_batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    rest = iter(items)
    while batch := list(islice(rest, _AT_ONCE)):
        yield batch


def _require_restored(key: StoredKey, answer: object) -> None:
    """Raises: ConflictError, StoreUnavailableError."""
    if not isinstance(answer, Exception):
        return
    name = key.name.decode(errors="replace")
    if "DUMP payload version" in str(answer) or "Bad data format" in str(answer):
        raise ConflictError(
            f"The server cannot read key {name!r} ({answer}): it is older than the one that the backup was made of. "
            "Restore into a server of that version or a newer one."
        ) from answer
    if isinstance(answer, OutOfMemoryError):
        raise ConflictError(f"The server's memory is full at key {name!r}: give it more, see `maxmemory`.") from answer
    if isinstance(answer, ResponseError):
        raise ConflictError(f"The server refuses key {name!r}: {answer}") from answer
    raise answer


@asynccontextmanager
async def open_valkey_backups(settings: Settings, keepers: Keepers) -> AsyncIterator[ValkeyBackups]:
    """Open a client of its own. Raises: StoreTooNewError, StoreUnavailableError."""
    url = settings.valkey_address
    async with open_valkey(url) as client, open_pool(url, decode_responses=False) as pool:
        namespace = await find_namespace(client, settings.installation, url)
        yield ValkeyBackups(Redis(connection_pool=pool), settings, keepers, namespace)
