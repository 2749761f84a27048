"""A server of tus 1.0 as our gateway promises it, with archives in a dictionary."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from aiohttp import web


@dataclass(slots=True, kw_only=True)
class _Upload:
    name: str
    length: int
    content: bytearray = field(default_factory=bytearray)
    archive: str | None = None


@dataclass(slots=True)
class TusServer:
    """Keeps what has arrived, however a request ended."""

    archives: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, _Upload] = field(default_factory=dict)
    started: int = 0
    received: int = 0
    """Bytes of all requests."""

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/api/v1/uploads", self._create)
        app.router.add_route("HEAD", "/api/v1/uploads/{id}", self._tell)
        app.router.add_patch("/api/v1/uploads/{id}", self._append)
        app.router.add_route("HEAD", "/api/v1/archives/{name}", self._describe)
        return app

    async def _create(self, request: web.Request) -> web.Response:
        assert request.headers["Tus-Resumable"] == "1.0.0"
        key, value = request.headers["Upload-Metadata"].split()
        assert key == "filename"
        self.started += 1
        name = base64.b64decode(value).decode()
        self.uploads[str(self.started)] = _Upload(name=name, length=int(request.headers["Upload-Length"]))
        location = f"http://elsewhere.example/api/v1/uploads/{self.started}"
        return web.Response(status=201, headers={"Location": location, "Tus-Resumable": "1.0.0"})

    def _require(self, request: web.Request) -> _Upload:
        assert request.headers["Tus-Resumable"] == "1.0.0"
        if (upload := self.uploads.get(request.match_info["id"])) is None:
            raise web.HTTPNotFound
        return upload

    async def _tell(self, request: web.Request) -> web.Response:
        upload = self._require(request)
        headers = {"Upload-Offset": str(len(upload.content)), "Upload-Length": str(upload.length)}
        return web.Response(headers=headers | _named(upload))

    async def _append(self, request: web.Request) -> web.Response:
        upload = self._require(request)
        assert request.content_type == "application/offset+octet-stream"
        if int(request.headers["Upload-Offset"]) != len(upload.content):
            raise web.HTTPConflict
        try:
            async for chunk in request.content.iter_any():
                upload.content += chunk
                self.received += len(chunk)
        except ConnectionResetError:
            return web.Response()
        headers = {"Upload-Offset": str(len(upload.content))}
        if len(upload.content) == upload.length:
            upload.archive = self._publish(upload)
        return web.Response(status=204, headers=headers | _named(upload))

    def _publish(self, upload: _Upload) -> str:
        name, number = upload.name, 1
        while name in self.archives:
            number += 1
            name = f"{upload.name.removesuffix('.zip')}-{number}.zip"
        self.archives[name] = bytes(upload.content)
        return name

    async def _describe(self, request: web.Request) -> web.Response:
        content = self.archives.get(unquote(request.match_info["name"]))
        if content is None:
            raise web.HTTPNotFound
        etag = f'"{hashlib.sha256(content).hexdigest()}"'
        return web.Response(headers={"ETag": etag, "Content-Length": str(len(content))})


def _named(upload: _Upload) -> dict[str, str]:
    return {} if upload.archive is None else {"Upload-Archive": quote(upload.archive, safe="")}
