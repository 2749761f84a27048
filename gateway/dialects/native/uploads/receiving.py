"""Writes one piece of an upload to disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from gateway.archives.contents import check_structure
from gateway.archives.upload_limits import require_fitting
from gateway.bodies.arriving import CHUNK_BYTES, within_idle_time
from gateway.dialects.native.uploads.protocol import Checksum
from gateway.http_errors import ChecksumMismatchError
from gateway.lasting import watch_admission
from shared.archive.limits import ArchiveLimits
from shared.concurrency.loops import cancel_all
from shared.errors import ArchiveExistsError, InvalidArchiveError, QuotaExceededError, UploadBusyError
from shared.ports.uploads import OpenUpload


async def receive_piece(request: web.Request, upload: OpenUpload, checksum: Checksum | None, *, most: int) -> int:
    """Append what arrives, also where it breaks off; return the new offset, which is `most` at the most.

    What is above the quota goes. Raises: as receiving an archive does.
    """
    require_fitting(upload.facts.offset + (request.content_length or 0), most)
    async with _removed_if_above_quota(upload):
        return await _receive_fitting(request, upload, checksum, most)


@asynccontextmanager
async def _removed_if_above_quota(upload: OpenUpload) -> AsyncIterator[None]:
    try:
        yield
    except QuotaExceededError:
        await upload.remove()
        raise


async def _receive_fitting(request: web.Request, upload: OpenUpload, checksum: Checksum | None, most: int) -> int:
    if upload.facts.length is None and request.content_length:
        await upload.expect(request.content_length)
    if checksum is not None:
        await upload.doubt()
    is_good = False
    try:
        received, is_good = await _append(request, upload, most, checksum)
    finally:
        await (upload.sync() if checksum is None else upload.trust(keep=is_good))
    if not is_good:
        raise ChecksumMismatchError("What arrived is not what Upload-Checksum says; send the piece again.")
    return upload.facts.offset + received


async def _append(request: web.Request, upload: OpenUpload, most: int, checksum: Checksum | None) -> tuple[int, bool]:
    digest, received = None if checksum is None else checksum.start(), 0
    async with watch_admission(request) as require_admission, _watch_rivals(upload) as rival:
        while chunk := await _read(request, upload, rival):
            require_admission()
            require_fitting(upload.facts.offset + received + len(chunk), most)
            await upload.write(chunk)
            received += len(chunk)
            await upload.grow(len(chunk))
            if digest is not None:
                digest.update(chunk)
    return received, digest is None or checksum is None or digest.digest() == checksum.digest


@asynccontextmanager
async def _watch_rivals(upload: OpenUpload) -> AsyncIterator[asyncio.Task[None]]:
    """Give what ends when another request wants to go on with the upload."""
    watching = asyncio.create_task(upload.wait_until_wanted())
    try:
        yield watching
    finally:
        await cancel_all([watching])


async def _read(request: web.Request, upload: OpenUpload, rival: asyncio.Task[None]) -> bytes:
    """Return what arrives next. A connection from which nothing comes gives way to a rival: it may be lost.

    Raises: SlowRequestError, UploadBusyError.
    """
    reading = asyncio.create_task(within_idle_time(request.content.read(CHUNK_BYTES)))
    try:
        await asyncio.wait([reading, rival], return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            raise UploadBusyError(upload.facts.id)
        return await reading
    finally:
        await cancel_all([reading])


async def finish(upload: OpenUpload, limits: ArchiveLimits) -> str:
    """Check a complete upload, and give it its name; what cannot have one goes.

    Raises: InvalidArchiveError, ArchiveExistsError, QuotaExceededError, DiskFullError, UnavailableError.
    """
    try:
        async with upload.open_local() as path:
            await check_structure(path, upload.facts.name, limits)
        return await upload.publish()
    except (InvalidArchiveError, ArchiveExistsError, QuotaExceededError):
        await upload.remove()
        raise
