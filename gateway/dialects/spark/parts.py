"""The two parts of an import request, in either order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from multidict import CIMultiDict, CIMultiDictProxy
from typing_extensions import override

from gateway.bodies.arriving import CHUNK_BYTES, within_idle_time
from gateway.bodies.encodings import require_plain_encoding, to_utf8
from gateway.http_errors import UnsupportedEncodingError
from gateway.lasting import watch_admission
from shared.errors import InvalidRequestError, TooLargeError
from shared.ports.archives import PendingArchive

FILE_PART = "file"
ENTITY_PART = "importRequestEntity"
_CHARSET_PART = "_charset_"
"""Names the charset of the others' text (RFC 7578, 4.6)."""
_LONGEST_CHARSET = 32
_MOST_FRAME_BYTES = 64 * 1024
"""Much more than the lines between the parts, their headers and the charset take."""

_TRANSFER_ENCODINGS = ("binary", "8bit", "7bit", "base64")
"""Those of mail, which some libraries still use in forms."""


async def receive_parts(
    request: web.Request, pending: PendingArchive, *, max_file_bytes: int, max_entity_bytes: int
) -> bytes:
    """Stream the file into this part of the archive folder; return the other part.

    Raises: InvalidRequestError for a body that is not multipart, lacks a part or has one twice; TooLargeError,
    QuotaExceededError, SlowRequestError, UnsupportedEncodingError.
    """
    require_plain_encoding(request.headers)
    received: dict[str, bytes] = {}
    charset = "utf-8"
    with _malformed_named():
        async for part in _read_parts(request):
            if part.name in received:
                raise InvalidRequestError(f"Part {part.name!r} is there twice.")
            _require_encoding(part)
            if part.name == FILE_PART:
                await pending.expect(_find_least_bytes(request, part, max_entity_bytes))
                async with watch_admission(request) as require_admission:
                    await _store(part, pending, max_file_bytes, require_admission)
                received[FILE_PART] = b""
            elif part.name == ENTITY_PART:
                entity = await _collect(part, max_entity_bytes)
                received[ENTITY_PART] = to_utf8(entity, part.get_charset(charset), f"part {ENTITY_PART}")
            elif part.name == _CHARSET_PART:
                charset = (await _collect(part, _LONGEST_CHARSET)).decode("ascii").strip()
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
    reader = _FormReader(request.headers, request.content)
    while (part := await within_idle_time(reader.next())) is not None:
        if not isinstance(part, BodyPartReader):
            raise InvalidRequestError("A part is itself multipart; send the parts side by side.")
        yield part


class _FormReader(MultipartReader):
    """Reads the parts of a form. The library loses its way behind a first part `_charset_`: it shall not know it."""

    @override
    async def fetch_next_part(self) -> MultipartReader | BodyPartReader:
        """Give the next part, whose name is that of its headers as they came."""
        part = await super().fetch_next_part()
        if isinstance(part, BodyPartReader) and part.name == _CHARSET_PART:
            unnamed = CIMultiDict({**part.headers, "Content-Disposition": "form-data"})
            part.headers = CIMultiDictProxy(unnamed)
        return part


def _require_encoding(part: BodyPartReader) -> None:
    require_plain_encoding(part.headers)
    encoding = part.headers.get("Content-Transfer-Encoding", "binary")
    if encoding.lower() not in _TRANSFER_ENCODINGS:
        taken = ", ".join(_TRANSFER_ENCODINGS)
        raise UnsupportedEncodingError(
            f"Content-Transfer-Encoding {encoding!r} of part {part.name!r} is not taken; send one of {taken}."
        )


def _find_least_bytes(request: web.Request, part: BodyPartReader, max_entity_bytes: int) -> int:
    """Return how many bytes the file will be at least: few clients say how many it is, most how many the body is."""
    if part.headers.get("Content-Transfer-Encoding", "").lower() == "base64":
        return 0
    if (told := part.headers.get("Content-Length", "")).isdecimal():
        return int(told)
    return max((request.content_length or 0) - max_entity_bytes - _MOST_FRAME_BYTES, 0)


async def _store(
    part: BodyPartReader, pending: PendingArchive, limit: int, require_admission: Callable[[], None]
) -> None:
    size = 0
    with await asyncio.to_thread(pending.path.open, "wb") as file:
        while not part.at_eof():
            chunk = part.decode(await within_idle_time(part.read_chunk(CHUNK_BYTES)))
            require_admission()
            if (size := size + len(chunk)) > limit:
                raise TooLargeError(f"The archive is above the limit of {limit} bytes.")
            await asyncio.to_thread(file.write, chunk)
            await pending.grow(len(chunk))


async def _collect(part: BodyPartReader, limit: int) -> bytes:
    content = bytearray()
    while not part.at_eof():
        content += part.decode(await within_idle_time(part.read_chunk(CHUNK_BYTES)))
        if len(content) > limit:
            raise TooLargeError(f"Part {part.name!r} is above the limit of {limit} bytes.")
    return bytes(content)
