"""Files sent as streams, whole or in part."""

from __future__ import annotations

import asyncio
import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final
from urllib.parse import quote

from aiohttp import web

from gateway.bodies.conditions import Version, fits_part, is_known
from gateway.bodies.ranges import choose_range
from gateway.doc import BYTES, TEXT, Answer, Doc, refusals
from gateway.lasting import while_admitted
from shared.archive_names import Form, form_of
from shared.errors import TransferError

CHUNK_BYTES = 256 * 1024
"""Read at once: large enough for full speed, small enough for a thousand downloads."""

_MEDIA_TYPES: Final = MappingProxyType(
    {Form.ZIP: "application/zip", Form.GZIPPED: "application/gzip", Form.PLAIN: "application/octet-stream"}
)
"""No browser is to show a document of somebody else as a page, hence no XML."""

ARCHIVE_MEDIA_TYPES: Final = tuple(_MEDIA_TYPES.values())

_ASKED: Final = MappingProxyType(
    {
        "Range": "A part of the file, such as `bytes=100-`; who asks for several parts gets the whole.",
        "If-Range": "The ETag, or Last-Modified, of what the caller has a part of; of any other file all is sent.",
        "If-Match": "The ETag of what is wanted; of any other file nothing is sent: 412.",
        "If-None-Match": "The ETag of what the caller has; then nothing is sent: 304.",
        "If-Modified-Since": "The same by time, where there is no If-None-Match.",
        "If-Unmodified-Since": "As If-Match, by time, where there is none.",
    }
)
_SENT: Final = MappingProxyType(
    {
        "ETag": "Names the content: of an archive, its SHA-256.",
        "Last-Modified": "When it was changed, rounded up to a second.",
        "Accept-Ranges": "bytes",
    }
)
_SENT_OF_ARCHIVE: Final = MappingProxyType(
    {**_SENT, "Repr-Digest": "The SHA-256 of the whole file, in Base64.", "Content-Disposition": "What to call it."}
)


def describe_download(summary: str, *texts: str, refused: frozenset[int] = frozenset()) -> Doc:
    """Describe a route that answers with `send_file`: an archive, or a text of the given media types."""
    schema = TEXT if texts else BYTES
    whole = Answer(
        text="The file.",
        media_types=texts or ARCHIVE_MEDIA_TYPES,
        schema=schema,
        headers=_SENT if texts else _SENT_OF_ARCHIVE,
    )
    part = replace(
        whole,
        text="The part that was asked for.",
        headers={**whole.headers, "Content-Range": "Which part of how much."},
    )
    same = replace(whole, text="It is what the caller has.", media_types=())
    return Doc(
        summary=summary,
        answers={200: whole, 206: part, 304: same},
        headers=_ASKED,
        refusals=refusals(409, 412, 416) | refused,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file, and what its answer says of it."""

    path: Path
    media_type: str
    sha256: bytes | None = None
    """Makes the ETag and Repr-Digest; of a file that still grows there is none."""
    tag: str | None = None
    """Makes the ETag of a copy of such a file; None: the file itself does."""
    headers: Mapping[str, str] = field(default_factory=dict)

    def version(self, facts: os.stat_result) -> Version:
        """Return what callers tell it by; what only grows has another size whenever it is another."""
        own = f"{facts.st_ino:x}-{facts.st_size:x}-{facts.st_mtime_ns:x}"
        tag = self.tag or (own if self.sha256 is None else self.sha256.hex())
        return Version.of_file(f'"{tag}"', facts)


def media_type_of(name: str) -> str:
    """Return the media type of an archive of this name."""
    return _MEDIA_TYPES[form_of(name)]


def attachment(name: str) -> str:
    """Return a Content-Disposition that saves the file under any Unicode name."""
    fallback = re.sub(r"[^ !#-\[\]-~]", "_", name)
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(name, safe='')}"


def is_same_content(before: os.stat_result, now: os.stat_result) -> bool:
    """Whether a file has not been written meanwhile; a name more or less is no change of it."""
    return (before.st_size, before.st_mtime_ns) == (now.st_size, now.st_mtime_ns)


async def send_file(request: web.Request, download: Download) -> web.StreamResponse:
    """Send a file as the request's conditions and its Range ask; HEAD knows no Range.

    Raises: PreconditionFailedError, RangeNotSatisfiableError.
    """
    with await asyncio.to_thread(download.path.open, "rb") as file:
        facts = await asyncio.to_thread(os.fstat, file.fileno())
        version = download.version(facts)
        headers = _headers(download, version)
        if is_known(request, version):
            return web.Response(status=304, headers=headers)
        part = _choose_part(request, version, facts.st_size)
        wanted = range(facts.st_size) if part is None else part
        if part is not None:
            headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{facts.st_size}"
        response = web.StreamResponse(status=200 if part is None else 206, headers=headers)
        response.content_type = download.media_type
        response.content_length = len(wanted)
        await response.prepare(request)
        if request.method != "HEAD":
            async with while_admitted(request):
                await _send(response, file, wanted, facts, grows=download.sha256 is None)
    await response.write_eof()
    return response


def _headers(download: Download, version: Version) -> dict[str, str]:
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        **version.headers,
        **download.headers,
    }
    if download.sha256 is not None:
        headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(download.sha256).decode()}:"
    return headers


def _choose_part(request: web.Request, version: Version, size: int) -> range | None:
    if request.method != "GET" or not fits_part(request, version):
        return None  # of a file that has changed since the whole, not a part that does not fit
    return choose_range(", ".join(request.headers.getall("Range", [])), size)


async def _send(
    response: web.StreamResponse, file: IO[bytes], wanted: range, before: os.stat_result, *, grows: bool
) -> None:
    """Send a part of a file, the last of it only where nobody has written it meanwhile. Raises: TransferError."""
    await asyncio.to_thread(file.seek, wanted.start)
    left = len(wanted)
    while left > 0:
        chunk = await asyncio.to_thread(file.read, min(CHUNK_BYTES, left))
        left -= len(chunk)
        if left == 0 and not grows:
            await require_unwritten(file, before)
        if not chunk:
            raise TransferError("The file became shorter while it was sent; ask for it again.")
        await response.write(chunk)


async def require_unwritten(file: IO[bytes], before: os.stat_result) -> None:
    """Refuse to end an answer whose file has been written meanwhile. Raises: TransferError."""
    if not is_same_content(before, await asyncio.to_thread(os.fstat, file.fileno())):
        raise TransferError("The file was written anew while it was sent; ask for it again.")
