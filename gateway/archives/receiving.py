"""Archives received as raw bodies, streamed to the volume."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import IO

import uuid_utils
from aiohttp import web

from gateway.archives.contents import check_structure
from gateway.archives.digests import DigestCache
from gateway.bodies.arriving import CHUNK_BYTES, within_idle_time
from gateway.bodies.encodings import require_plain_encoding
from gateway.lasting import watch_admission
from shared.archive_names import require_free_choice
from shared.errors import (
    ArchiveExistsError,
    GraphferryError,
    StoreUnavailableError,
    TooLargeError,
    UnknownArchiveError,
)
from shared.jobs.summaries import ArchiveFacts
from shared.ports.archives import ArchiveStore, StoredArchive
from shared.resources import Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What has arrived."""

    facts: ArchiveFacts
    is_new: bool
    """False: it was there already, equal."""


async def receive_archive(
    request: web.Request, resources: Resources, digests: DigestCache, *, tenant: str, name: str, limit: int
) -> Received:
    """Store a request's body under a name that is free; sent again, it is what is there.

    Raises: InvalidFileNameError, ArchiveExistsError, TooLargeError, InvalidArchiveError, DiskFullError,
    SlowRequestError, UnsupportedEncodingError.
    """
    require_plain_encoding(request.headers)
    require_fitting(request.content_length or 0, limit)
    known = await _find(resources.archives, tenant, require_free_choice(name))
    if known is not None and request.content_length not in (None, known.bytes):
        raise ArchiveExistsError(name)
    async with resources.archives.create(tenant, owner=f"upload-{uuid_utils.uuid7()}") as pending:
        with await asyncio.to_thread(pending.path.open, "wb") as file:
            size, sha256 = await _receive(request, file, limit)
        if known is not None:
            name = known.name
            await _require_equal(resources.archives, digests, tenant, name, sha256)
        else:
            await check_structure(pending.path, name, resources.limits)
            name = await pending.publish(name, number=False)
    return Received(facts=ArchiveFacts(name=name, bytes=size, sha256=sha256), is_new=known is None)


async def _require_equal(archives: ArchiveStore, digests: DigestCache, tenant: str, name: str, sha256: str) -> None:
    async with archives.open_local(tenant, name) as path:
        if (await digests.sha256(path)).hex() != sha256:
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


def require_fitting(size: int, limit: int) -> None:
    """Refuse what is too large. Raises: TooLargeError."""
    if size > limit:
        raise TooLargeError(f"The upload is above the limit of {limit} bytes.")


async def _receive(request: web.Request, file: IO[bytes], limit: int) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    async with watch_admission(request) as require_admission:
        while chunk := await within_idle_time(request.content.read(CHUNK_BYTES)):
            require_admission()
            size += len(chunk)
            require_fitting(size, limit)
            await asyncio.to_thread(_append, file, digest, chunk)
    return size, digest.hexdigest()


def _append(file: IO[bytes], digest: hashlib._Hash, chunk: bytes) -> None:
    digest.update(chunk)
    file.write(chunk)
