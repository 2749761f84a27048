"""Archives received as raw bodies, streamed to the volume."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import IO

import uuid_utils
from aiohttp import web

from gateway.archives.contents import check_structure
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
from shared.ports.archives import ArchiveStore
from shared.resources import Resources


async def receive_archive(
    request: web.Request, resources: Resources, *, tenant: str, name: str, limit: int
) -> ArchiveFacts:
    """Store a request's body under a name that is free.

    Raises: InvalidFileNameError, ArchiveExistsError, TooLargeError, InvalidArchiveError, DiskFullError,
    SlowRequestError, UnsupportedEncodingError.
    """
    require_plain_encoding(request.headers)
    require_fitting(request.content_length or 0, limit)
    await require_free(resources.archives, tenant, require_free_choice(name))
    async with resources.archives.create(tenant, owner=f"upload-{uuid_utils.uuid7()}") as pending:
        with await asyncio.to_thread(pending.path.open, "wb") as file:
            size, sha256 = await _receive(request, file, limit)
        await check_structure(pending.path, name, resources.limits)
        await pending.publish(name, number=False)
    return ArchiveFacts(name=name, bytes=size, sha256=sha256)


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
    try:
        await archives.get(tenant, name)
    except UnknownArchiveError:
        return
    raise ArchiveExistsError(name)


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
