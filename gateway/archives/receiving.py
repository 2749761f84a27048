"""Archives received as raw bodies, streamed to the volume."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import uuid_utils
from aiohttp import web

from gateway.archives.contents import check_structure
from gateway.archives.digests import DigestCache
from gateway.archives.upload_limits import UploadLimits, require_fitting
from gateway.bodies.arriving import CHUNK_BYTES, within_idle_time
from gateway.bodies.encodings import require_plain_encoding
from gateway.lasting import watch_admission
from shared.archive_names import require_free_choice
from shared.errors import (
    ArchiveExistsError,
    GraphferryError,
    StoreUnavailableError,
    UnknownArchiveError,
)
from shared.jobs.summaries import ArchiveFacts
from shared.ports.archives import ArchiveStore, StoredArchive
from shared.resources import Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keeping:
    """How what arrives is kept."""

    write: Callable[[bytes], object]
    """Called in a thread."""
    grow: Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What has arrived."""

    facts: ArchiveFacts
    is_new: bool
    """False: it was there already, equal."""


async def receive_archive(
    request: web.Request, resources: Resources, digests: DigestCache, *, tenant: str, name: str, limits: UploadLimits
) -> Received:
    """Store a request's body under a name that is free; sent again, it is what is there, and nothing is written.

    Raises: InvalidFileNameError, ArchiveExistsError, TooLargeError, QuotaExceededError, InvalidArchiveError,
    DiskFullError, SlowRequestError, UnsupportedEncodingError, UnavailableError.
    """
    require_plain_encoding(request.headers)
    require_fitting(request.content_length or 0, limits.most)
    known = await _find(resources.archives, tenant, require_free_choice(name))
    if known is not None:
        if request.content_length not in (None, known.bytes):
            raise ArchiveExistsError(name)
        size, sha256 = await _receive(request, limits.most)
        await _require_equal(resources.archives, digests, tenant, known.name, sha256)
        return Received(facts=ArchiveFacts(name=known.name, bytes=size, sha256=sha256), is_new=False)
    owner = f"upload-{uuid_utils.uuid7()}"
    async with resources.archives.create(tenant, owner=owner, quota=limits.quota) as pending:
        await pending.expect(request.content_length or 0)
        with await asyncio.to_thread(pending.path.open, "wb") as file:
            size, sha256 = await _receive(request, limits.most, _Keeping(write=file.write, grow=pending.grow))
        await check_structure(pending.path, name, resources.limits)
        name = await pending.publish(name, number=False)
    return Received(facts=ArchiveFacts(name=name, bytes=size, sha256=sha256), is_new=True)


async def _require_equal(archives: ArchiveStore, digests: DigestCache, tenant: str, name: str, sha256: str) -> None:
    async with archives.open_content(tenant, name) as content:
        if (await digests.sha256(content)).hex() != sha256:
            raise ArchiveExistsError(name)


@asynccontextmanager
async def keep_if_accepted(archives: ArchiveStore, tenant: str, name: str) -> AsyncIterator[None]:
    """Delete an archive that came with a request, where that is refused within the context."""
    try:
        yield
    except StoreUnavailableError:
        raise  # the job may have been accepted all the same: then it needs its archive
    except GraphferryError:
        await archives.delete(tenant, name)
        raise


async def require_free(archives: ArchiveStore, tenant: str, name: str) -> None:
    """Refuse a name that is taken. Raises: ArchiveExistsError."""
    if await _find(archives, tenant, name) is not None:
        raise ArchiveExistsError(name)


async def _find(archives: ArchiveStore, tenant: str, name: str) -> StoredArchive | None:
    with suppress(UnknownArchiveError):
        return await archives.get(tenant, name)
    return None


async def _receive(request: web.Request, limit: int, keeping: _Keeping | None = None) -> tuple[int, str]:
    """Take a request's body, whole; return its size and its SHA-256. Without a way to keep it nothing is kept."""
    digest, size = hashlib.sha256(), 0

    def take(chunk: bytes) -> None:
        digest.update(chunk)
        if keeping is not None:
            keeping.write(chunk)

    async with watch_admission(request) as require_admission:
        while chunk := await within_idle_time(request.content.read(CHUNK_BYTES)):
            require_admission()
            size += len(chunk)
            require_fitting(size, limit)
            await asyncio.to_thread(take, chunk)
            if keeping is not None:
                await keeping.grow(len(chunk))
    return size, digest.hexdigest()
