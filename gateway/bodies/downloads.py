"""Files sent as streams, whole or in part."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from aiohttp import web

from gateway.doc import Answer
from gateway.http_errors import RangeNotSatisfiableError
from gateway.lasting import while_admitted
from shared.archive_names import Form, form_of

CHUNK_BYTES = 256 * 1024
"""Read at once: large enough for full speed, small enough for a thousand downloads."""

_MEDIA_TYPES: Final = MappingProxyType(
    {Form.ZIP: "application/zip", Form.GZIPPED: "application/gzip", Form.PLAIN: "application/octet-stream"}
)
"""No browser is to show a document of somebody else as a page, hence no XML."""

ARCHIVE_MEDIA_TYPES: Final = tuple(_MEDIA_TYPES.values())

DOWNLOAD_HEADERS: Final = MappingProxyType(
    {
        "Range": "A part of the file, such as `bytes=100-`.",
        "If-Range": "The ETag of what is there already; of another file all is sent.",
        "If-None-Match": "The ETag of what is there already.",
    }
)
_SENT: Final = MappingProxyType(
    {
        "ETag": "The SHA-256 of the whole file.",
        "Repr-Digest": "The same, in Base64.",
        "Accept-Ranges": "bytes",
        "Content-Disposition": "What to call it.",
    }
)
DOWNLOAD_ANSWERS: Final = MappingProxyType(
    {
        200: Answer(text="The file.", media_types=ARCHIVE_MEDIA_TYPES, headers=_SENT),
        206: Answer(
            text="The part that was asked for.",
            media_types=ARCHIVE_MEDIA_TYPES,
            headers={**_SENT, "Content-Range": "Which part of how much."},
        ),
        304: Answer(text="It is what the caller has.", media_types=(), headers=_SENT),
    }
)
"""What `send_file` answers for an archive."""

_RANGE_FORM = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file, and what its answer says of it."""

    path: Path
    media_type: str
    sha256: bytes | None = None
    """Makes the ETag and Repr-Digest; a file that still grows has none."""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def etag(self) -> str | None:
        """The strong entity tag."""
        return None if self.sha256 is None else f'"{self.sha256.hex()}"'


def media_type_of(name: str) -> str:
    """Return the media type of an archive of this name."""
    return _MEDIA_TYPES[form_of(name)]


def attachment(name: str) -> str:
    """Return a Content-Disposition that saves the file under any Unicode name."""
    fallback = re.sub(r"[^ !#-\[\]-~]", "_", name)
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(name, safe='')}"


async def send_file(request: web.Request, download: Download) -> web.StreamResponse:
    """Send a file as the request's Range, If-Range and If-None-Match ask. Raises: RangeNotSatisfiableError."""
    size = await asyncio.to_thread(lambda: download.path.stat().st_size)
    headers = _headers(download)
    if download.etag is not None and _names(request.headers.get("If-None-Match", ""), download.etag):
        return web.Response(status=304, headers=headers)
    wanted = _choose_range(request, download.etag, size)
    response = web.StreamResponse(status=200 if wanted is None else 206, headers=headers)
    response.content_type = download.media_type
    if wanted is not None:
        response.headers["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{size}"
    wanted = wanted or range(size)
    response.content_length = len(wanted)
    await response.prepare(request)
    if request.method != "HEAD":
        await _send(request, response, download.path, wanted)
    return response


def _headers(download: Download) -> dict[str, str]:
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "private, no-cache", **download.headers}
    if download.sha256 is not None and download.etag is not None:
        headers["ETag"] = download.etag
        headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(download.sha256).decode()}:"
    return headers


def _names(condition: str, etag: str) -> bool:
    return condition.strip() == "*" or etag in (each.strip().removeprefix("W/") for each in condition.split(","))


def _choose_range(request: web.Request, etag: str | None, size: int) -> range | None:
    condition = request.headers.get("If-Range")
    if condition is not None and condition.strip() != etag:
        return None  # the file changed since: the whole of it, not a part that does not fit
    return parse_range(request.headers.get("Range", ""), size)


def parse_range(header: str, size: int) -> range | None:
    """Return the bytes that a Range header asks for; None = all, also where it has a form that may be passed over.

    Raises: RangeNotSatisfiableError.
    """
    match = _RANGE_FORM.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first == "":
        wanted = range(max(size - int(last), 0), size)
    elif last != "" and int(last) < int(first):
        return None
    else:
        wanted = range(int(first), size if last == "" else min(int(last) + 1, size))
    if not wanted:
        message = f"Range {header!r} lies outside the file's {size} bytes."
        raise RangeNotSatisfiableError(message, headers={"Content-Range": f"bytes */{size}"})
    return wanted


async def _send(request: web.Request, response: web.StreamResponse, path: Path, wanted: range) -> None:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        async with while_admitted(request):
            await asyncio.to_thread(file.seek, wanted.start)
            left = len(wanted)
            while left > 0 and (chunk := await asyncio.to_thread(file.read, min(CHUNK_BYTES, left))):
                left -= len(chunk)
                await response.write(chunk)
    finally:
        file.close()
    await response.write_eof()
