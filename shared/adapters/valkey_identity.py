"""Tenants and API keys in Valkey, mirrored to a file.

A mark in the store says that it was filled. A store without the mark has lost its content: it is filled from the
mirror before anything is read or written, so that an emptied store locks nobody out, nor does the first write into it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import NoScriptError, WatchError

from shared.adapters.identity_mirror import IdentityMirror, MirroredIdentity
from shared.adapters.valkey_client import open_valkey, send, store_errors
from shared.adapters.valkey_reads import SharedReads
from shared.adapters.valkey_scripts import SCRIPTS_DIR, make_script
from shared.errors import NotFoundError
from shared.identity import ApiKey, Role, Tenant

_MIRROR_SECONDS = 30.0
"""How long a mirroring thread waits for the store: above the client's own time-out, below forever."""

_KEYS_REMEMBERED = 1024
"""Parsed keys, by the text that the store answered each time; half a megabyte."""


class ValkeyIdentity:
    """The identity store of one installation. The client must decode answers to text."""

    def __init__(self, client: Redis, *, installation: str, mirror: Path, reads: SharedReads | None = None) -> None:
        self._client = client
        self._filled = f"{installation}:identity:filled"
        self._keys = f"{installation}:identity:keys"
        self._uses = f"{installation}:identity:uses"
        self._tenants = f"{installation}:identity:tenants"
        self._mirror = IdentityMirror(mirror)
        self._reads = reads or SharedReads(client)
        self._find_key = make_script((SCRIPTS_DIR / "find_key.lua").read_text())
        self._put = client.register_script((SCRIPTS_DIR / "put_identity.lua").read_text())

    async def prepare(self) -> None:
        """Fill an empty store, then mirror what the last change may have left unmirrored."""
        await self._fill()
        await self._write_mirror()

    async def find_key(self, sha256: str) -> ApiKey | None:
        """Find a key by the SHA-256 of its text; noting its use is part of the same round trip."""
        with store_errors():
            filled, text, used = await self._run_find_key(sha256)
        if not filled:
            await self._fill()
            return await self.find_key(sha256)
        return None if text is None else replace(_parse_key(text), last_used=datetime.fromtimestamp(int(used), UTC))

    async def _run_find_key(self, sha256: str) -> Any:
        command = ("EVALSHA", self._find_key.sha, 3, self._filled, self._keys, self._uses, sha256)
        try:
            return await self._reads.send(*command)
        except NoScriptError:
            await send(self._client, "SCRIPT LOAD", self._find_key.text)
            return await self._reads.send(*command)

    async def create_key(self, key: ApiKey) -> None:
        """Store a key; a key without a tenant belongs to the installation. Raises: NotFoundError."""
        await self._store(self._keys, key.sha256, _format_key(key), tenant=key.tenant)

    async def get_tenant(self, name: str) -> Tenant | None:
        """Find a tenant."""
        text = await self._read_when_filled(lambda pipeline: pipeline.hget(self._tenants, name))
        return None if text is None else _parse_tenant(text)

    async def put_tenant(self, tenant: Tenant) -> None:
        """Create or replace a tenant."""
        text = orjson.dumps({"name": tenant.name, "databases": tenant.databases}).decode()
        await self._store(self._tenants, tenant.name, text, tenant="")

    async def list_tenants(self) -> Sequence[Tenant]:
        """List all tenants by name."""
        texts = await self._read_when_filled(lambda pipeline: pipeline.hgetall(self._tenants))
        return [_parse_tenant(texts[name]) for name in sorted(texts)]

    async def _read_when_filled(self, queue: Callable[[Pipeline], object]) -> Any:
        with store_errors():
            async with self._client.pipeline(transaction=True) as pipeline:
                pipeline.exists(self._filled)
                queue(pipeline)
                filled, answer = await pipeline.execute()
        if filled:
            return answer
        await self._fill()
        return await self._read_when_filled(queue)

    async def _store(self, hash_name: str, field: str, text: str, *, tenant: str) -> None:
        keys, args = [self._filled, hash_name, self._tenants], [field, text, tenant]
        with store_errors():
            answer = await self._put(keys=keys, args=args)
        if answer == "empty":
            await self._fill()
            await self._store(hash_name, field, text, tenant=tenant)
        elif answer == "no tenant":
            raise NotFoundError(f"Tenant {tenant!r} is unknown; create it first.")
        else:
            await self._write_mirror()

    async def _read(self) -> MirroredIdentity | None:
        """Read everything as of one moment; None from a store that was not filled."""
        with store_errors():
            async with self._client.pipeline(transaction=True) as pipeline:
                pipeline.exists(self._filled)
                pipeline.hgetall(self._keys)
                pipeline.hgetall(self._tenants)
                filled, keys, tenants = await pipeline.execute()
        return MirroredIdentity(keys=keys, tenants=tenants) if filled else None

    async def _fill(self) -> None:
        content = await asyncio.to_thread(self._mirror.read)
        with store_errors(), contextlib.suppress(WatchError):  # another process filled it first
            async with self._client.pipeline(transaction=True) as pipeline:
                await pipeline.watch(self._filled)
                if await pipeline.exists(self._filled):
                    return
                pipeline.multi()  # type: ignore[no-untyped-call]
                if content is not None and content.keys:
                    pipeline.hset(self._keys, mapping=dict(content.keys))
                if content is not None and content.tenants:
                    pipeline.hset(self._tenants, mapping=dict(content.tenants))
                pipeline.set(self._filled, 1)
                await pipeline.execute()

    async def _write_mirror(self) -> None:
        """Mirror the store under the file's lock: the last to read is the last to write."""
        loop = asyncio.get_running_loop()

        def mirror() -> None:
            with self._mirror.lock():
                content = asyncio.run_coroutine_threadsafe(self._read(), loop).result(_MIRROR_SECONDS)
                if content is not None and content != self._mirror.read():
                    self._mirror.write(content)

        with store_errors():
            await asyncio.to_thread(mirror)


@lru_cache(maxsize=_KEYS_REMEMBERED)
def _parse_key(text: str) -> ApiKey:
    fields: Mapping[str, Any] = orjson.loads(text)
    expires = fields["expires"]
    return ApiKey(
        sha256=fields["sha256"],
        tenant=fields["tenant"],
        user=fields["user"],
        roles=frozenset(Role(role) for role in fields["roles"]),
        last_four=fields["last_four"],
        created=datetime.fromisoformat(fields["created"]),
        expires=None if expires is None else datetime.fromisoformat(expires),
    )


def _format_key(key: ApiKey) -> str:
    fields = {
        "sha256": key.sha256,
        "tenant": key.tenant,
        "user": key.user,
        "roles": sorted(key.roles),
        "last_four": key.last_four,
        "created": key.created,
        "expires": key.expires,
    }
    return orjson.dumps(fields).decode()


def _parse_tenant(text: str) -> Tenant:
    fields = orjson.loads(text)
    return Tenant(name=fields["name"], databases=tuple(fields["databases"]))


@contextlib.asynccontextmanager
async def open_valkey_identity(
    url: str, *, installation: str, mirror: Path, reads: SharedReads | None = None
) -> AsyncIterator[ValkeyIdentity]:
    """Open a connection pool and an identity store over it. Raises: StoreUnavailableError."""
    async with open_valkey(url) as client:
        store = ValkeyIdentity(client, installation=installation, mirror=mirror, reads=reads)
        await store.prepare()
        yield store
