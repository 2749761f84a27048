"""Large transfers go on where they broke off, also where the gateway was killed, in flat memory."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import http.client
import os
import random
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from infra.engines.ports import choose_port
from shared.api_keys import new_key
from shared.identity import Role, Tenant
from shared.resources import open_identity
from shared.settings.process import Settings
from tests.support.keys import admit, make_key
from tests.support.stacks.gateways import Gateway

pytestmark = [pytest.mark.engines, pytest.mark.fault("R24")]

PIECE = "application/offset+octet-stream"
CUTS = 5
SEND_BYTES = 1024 * 1024
FLAT_BYTES = 64 * 1024**2
"""What a gateway may grow by, whatever the size of an upload."""


@pytest.fixture
def gateway(valkey_url: str, tmp_path: Path) -> Iterator[Gateway]:
    key = new_key()
    environ = {
        **os.environ,
        "GRAPHFERRY_VALKEY_URL": valkey_url,
        "GRAPHFERRY_DATA_DIR": str(tmp_path / "data"),
        "GRAPHFERRY_PORT": str(choose_port()),
    }
    asyncio.run(_seed(Settings(valkey_url=valkey_url, data_dir=tmp_path / "data"), key))
    started = Gateway(environ, key)
    yield started
    started.kill()


async def _seed(settings: Settings, key: str) -> None:
    async with open_identity(settings) as identity:
        await identity.create_tenant(Tenant(name="acme", databases=()))
        await admit(identity, make_key("acme", text=key), roles=(Role.ADMIN,))


def make_large_archive(path: Path, size: int, chance: random.Random) -> str:
    """Write an archive of another tool that does not shrink, of about this size; return its SHA-256."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as file,
        file.open("App.graphml", "w") as entry,
    ):
        entry.write(b'<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="k" for="node" attr.name="k" ')
        entry.write(b'attr.type="string"/><graph edgedefault="directed">')
        for at in range(size // 65_536):
            content = chance.randbytes(32_768).hex().encode()
            entry.write(b'<node id="n%d"><data key="k">%s</data></node>' % (at, content))
        entry.write(b"</graph></graphml>")
    with path.open("rb") as written:
        return hashlib.file_digest(written, "sha256").hexdigest()


@contextmanager
def sending(gateway: Gateway, upload: str, offset: int, length: int) -> Iterator[http.client.HTTPConnection]:
    connection = gateway.connect()
    connection.putrequest("PATCH", upload)
    told = {"Content-Type": PIECE, "Upload-Offset": str(offset), "Content-Length": str(length - offset)}
    for name, value in {**gateway.headers, **told}.items():
        connection.putheader(name, value)
    connection.endheaders()
    try:
        yield connection
    finally:
        connection.close()


def offset_of(gateway: Gateway, upload: str) -> int:
    status, headers, _ = gateway.ask("HEAD", upload)
    assert status == 200
    return int(headers["Upload-Offset"])


def send_part(gateway: Gateway, archive: Path, upload: str, count: int, *, kill: bool) -> None:
    """Begin to send all that is left, and break off after so many bytes."""
    offset = offset_of(gateway, upload)
    with archive.open("rb") as file, sending(gateway, upload, offset, archive.stat().st_size) as connection:
        file.seek(offset)
        with suppress(OSError):
            for _ in range(max(count // SEND_BYTES, 1)):
                connection.send(file.read(SEND_BYTES))
        if kill:
            gateway.kill()
    if kill:
        gateway.start()


def send_rest(gateway: Gateway, archive: Path, upload: str) -> str:
    """Send all that is left; return the archive's name. A piece sent before may come in late: clients ask again."""
    while (answer := send_from(gateway, archive, upload, offset_of(gateway, upload))).status in {409, 423}:
        time.sleep(0.1)
    assert answer.status == 204
    return str(answer.headers["Upload-Archive"])


def send_from(gateway: Gateway, archive: Path, upload: str, offset: int) -> http.client.HTTPResponse:
    with archive.open("rb") as file, sending(gateway, upload, offset, archive.stat().st_size) as connection:
        file.seek(offset)
        with suppress(OSError):
            while content := file.read(SEND_BYTES):
                connection.send(content)
        answer = connection.getresponse()
        answer.read()
        return answer


def download_in_two(gateway: Gateway, name: str, size: int) -> str:
    """Break a download off in the middle, and go on with a range; return the SHA-256 of both."""
    digest, connection = hashlib.sha256(), gateway.connect()
    connection.request("GET", f"/api/v1/archives/{name}", headers=gateway.headers)
    answer = connection.getresponse()
    tag = answer.headers["ETag"]
    digest.update(answer.read(size // 2))
    connection.close()
    connection = gateway.connect()
    more = {"Range": f"bytes={size // 2}-", "If-Range": tag}
    connection.request("GET", f"/api/v1/archives/{name}", headers={**gateway.headers, **more})
    answer = connection.getresponse()
    assert answer.status == 206
    while content := answer.read(SEND_BYTES):
        digest.update(content)
    connection.close()
    return digest.hexdigest()


def test_an_upload_cut_five_times_arrives_whole(
    gateway: Gateway, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    size = request.config.getoption("large_upload_bytes")
    chance = random.Random(request.config.getoption("fault_seed"))
    archive = tmp_path / "App.zip"
    sha256 = make_large_archive(archive, size, chance)
    length = archive.stat().st_size
    name = base64.b64encode(b"App.zip").decode()
    told = {"Upload-Length": str(length), "Upload-Metadata": f"filename {name}", "Content-Length": "0"}
    status, headers, _ = gateway.ask("POST", "/api/v1/uploads", told)
    assert status == 201
    upload = "/api/v1/uploads/" + headers["Location"].rpartition("/")[2]
    for cut in range(CUTS):
        send_part(gateway, archive, upload, chance.randrange(length // (CUTS + 1)), kill=cut % 2 == 1)
    before = gateway.memory()
    assert send_rest(gateway, archive, upload) == "App.zip"
    assert download_in_two(gateway, "App.zip", length) == sha256
    assert gateway.memory() - before < FLAT_BYTES
    assert [path.name for path in (tmp_path / "data" / "archives" / "acme").iterdir()] == ["App.zip"]
