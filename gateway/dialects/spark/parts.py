"""The two parts of an import request, in either order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from gateway.bodies.arriving import CHUNK_BYTES, within_idle_time
from gateway.bodies.parsing import require_plain_encoding
from gateway.lasting import watch_admission
from shared.errors import InvalidRequestError, TooLargeError

FILE_PART = "file"
ENTITY_PART = "importRequestEntity"


async def receive_parts(request: web.Request, path: Path, *, max_file_bytes: int, max_entity_bytes: int) -> bytes:
    """Stream the file into this path; return the other part.

    Raises: InvalidRequestError for a body that is not multipart, lacks a part or has one twice; TooLargeError,
    SlowRequestError, UnsupportedEncodingError.
    """
    require_plain_encoding(request)
    received: dict[str, bytes] = {}
    with _malformed_named():
        async for part in _read_parts(request):
            if part.name in received:
                raise InvalidRequestError(f"Part {part.name!r} is there twice.")
            if part.name == FILE_PART:
                async with watch_admission(request) as require_admission:
                    await _store(part, path, max_file_bytes, require_admission)
                received[FILE_PART] = b""
            elif part.name == ENTITY_PART:
                received[ENTITY_PART] = await _collect(part, max_entity_bytes)
    missing = [name for name in (FILE_PART, ENTITY_PART) if name not in received]
    if missing:
        details = [f"{name}: Part required" for name in missing]
        raise InvalidRequestError(f"The request lacks parts: {', '.join(missing)}.", details=details)
    return received[ENTITY_PART]


@contextmanager
def _malformed_named() -> Iterator[None]:
    try:
        yield
    except (ValueError, AssertionError, RuntimeError, HttpProcessingError) as error:
        raise InvalidRequestError(f"The multipart body is malformed: {error}") from error


async def _read_parts(request: web.Request) -> AsyncIterator[BodyPartReader]:
    if not request.content_type.startswith("multipart/"):
        raise InvalidRequestError(
            f"The body must be multipart/form-data with the parts {FILE_PART} and {ENTITY_PART}, "
            f"not {request.content_type!r}."
        )
    reader = await request.multipart()
    while (part := await within_idle_time(reader.next())) is not None:
        if not isinstance(part, BodyPartReader):
            raise InvalidRequestError("A part is itself multipart; send the parts side by side.")
        yield part


async def _store(part: BodyPartReader, path: Path, limit: int, require_admission: Callable[[], None]) -> None:
    size = 0
    with await asyncio.to_thread(path.open, "wb") as file:
        while not part.at_eof():
            chunk = await within_idle_time(part.read_chunk(CHUNK_BYTES))
            require_admission()
            if (size := size + len(chunk)) > limit:
                raise TooLargeError(f"The archive is above the limit of {limit} bytes.")
            await asyncio.to_thread(file.write, chunk)


async def _collect(part: BodyPartReader, limit: int) -> bytes:
    content = bytearray()
    while not part.at_eof():
        content += await within_idle_time(part.read_chunk(CHUNK_BYTES))
        if len(content) > limit:
            raise TooLargeError(f"Part {part.name!r} is above the limit of {limit} bytes.")
    return bytes(content)
