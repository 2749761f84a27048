"""All that callers do works through the proxies of the documents, below a path, with TLS."""

from __future__ import annotations

import asyncio
import io
import os
import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from gateway.server.serving import KEEP_ALIVE_SECONDS, wind_down
from infra.documents.samples import FOLDER
from tests.gateway.dialects.darwin.conftest import version, working
from tests.gateway.dialects.darwin.test_conducting import until
from tests.gateway.proxies.conftest import Through
from tests.support.archives.small import make_archive
from tests.support.proxies import PREFIX

EXPORT = {"database": "source", "applications": [{"name": "MyApp"}]}
TOKEN = "/auth/realms/acme/protocol/openid-connect/token"
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}


LARGE = make_archive("MyApp", texts=[os.urandom(500_000).hex() for _ in range(6)])
"""Above what proxies take, or hold in memory, by default."""


async def read(answer: aiohttp.ClientResponse, status: int = 200) -> Any:
    body = await answer.json(content_type=None)
    assert answer.status == status, body
    return body


def has_content(folder: Path) -> bool:
    """Return whether a part of an upload is written."""
    return any(file.stat().st_size for file in folder.rglob("*.upload"))


async def wait_for_file(through: Through, location: str) -> str:
    async with asyncio.timeout(20):
        while True:
            if files := (await read(await through.ask("GET", location)))["outputs"]["files"]:
                return str(files[0]["file"])


async def test_links_of_every_surface_lead_back(through: Through) -> None:
    ask, here = through.ask, f"{through.proxy.url}/"
    async with working(through.world, through.resources):
        spark = await ask("POST", "/acme/api/v4/export", json={"inputs": {"services": ["source/MyApp"]}})
        file = await wait_for_file(through, spark.headers["Location"])
        native = await ask("POST", "/api/v1/exports", json=EXPORT)
        imaging = await ask("POST", "/imaging/etl/api/app/export", json={"database": "source", "export_app": "MyApp"})
        wanted = {"stripSecuredProperties": False, "exportRequestParameter": [version("MyApp", "2.1.0")]}
        darwin = await ask("POST", "/darwin/api/2.0/exportimport/export", "architect", json=wanted)
    links = [each.headers["Location"] for each in (native, imaging, spark, darwin)]
    for link in (*links, file):
        assert link.startswith(here)
        assert (await ask("GET", link)).status == 200
    (server,) = (await read(await ask("GET", "/openapi.json")))["servers"]
    assert f"{server['url']}/" == here


async def test_nobody_but_the_proxy_says_where_a_request_comes_from(through: Through) -> None:
    lies = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil", "X-Forwarded-Proto": "http"}
    (server,) = (await read(await through.ask("GET", "/openapi.json", headers=lies)))["servers"]
    assert server["url"] == through.proxy.url
    statuses = []
    for number in range(8):
        bad = {"X-API-KEY": "wrong", "X-Forwarded-For": f"192.0.2.{number}"}
        statuses.append((await through.ask("GET", "/api/v1/me", None, headers=bad)).status)
    assert 3 <= statuses.count(401) <= 6  # each of the two gateways counts for itself
    assert set(statuses) == {401, 429}


@pytest.mark.parametrize("page", ["/admin", "/docs"])
async def test_a_page_comes_with_all_its_parts(through: Through, page: str) -> None:
    answer = await through.ask("GET", page)
    text = await answer.text()
    assert (answer.status, answer.content_type, answer.url.path.rstrip("/")) == (200, "text/html", PREFIX + page)
    parts = re.findall(r'(?:src|href)="(?!data:)([^"]+)"', text)
    assert len(parts) >= 3
    for part in parts:
        assert (await through.ask("GET", str(answer.url.join(URL(part))), None)).status == 200, part


async def test_whoever_logs_in_for_a_token_uses_it(through: Through) -> None:
    client = aiohttp.encode_basic_auth("admin", through.world.keys["admin"])
    form = {"grant_type": "client_credentials"}
    given = await read(await through.ask("POST", TOKEN, None, data=form, headers={"Authorization": client}))
    bearer = {"Authorization": f"Bearer {given['access_token']}"}
    for _ in range(4):  # by either gateway
        assert (await through.ask("GET", "/acme/api/v4/export/status", None, headers=bearer)).status == 200
    long = {"Authorization": f"Bearer {'x' * 12_000}"}
    refused = await through.ask("GET", "/api/v1/me", None, headers=long)
    assert (await read(refused, 401))["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("name", ["App.zip", "möved 1%2, (x)+#?&=;'.zip"])
@pytest.mark.parametrize("expects", [False, True])
async def test_a_large_archive_goes_up_and_comes_down(through: Through, name: str, *, expects: bool) -> None:
    path = f"/api/v1/archives/{quote(name, safe='')}"
    made = await through.ask("PUT", path, data=io.BytesIO(LARGE), expect100=expects)
    assert (await read(made, 201))["name"] == name
    assert made.headers["Location"] == f"{through.proxy.url}{path}"
    whole = await through.ask("GET", made.headers["Location"])
    assert await whole.read() == LARGE
    head = await through.ask("HEAD", path)
    assert (head.headers["Content-Length"], head.headers["ETag"]) == (str(len(LARGE)), whole.headers["ETag"])
    for tag, status, content in ((head.headers["ETag"], 206, LARGE[-9:]), ('"another"', 200, LARGE)):
        part = await through.ask("GET", path, headers={"Range": "bytes=-9", "If-Range": tag})
        assert (part.status, await part.read()) == (status, content)
    kept = await through.ask("GET", path, headers={"If-None-Match": head.headers["ETag"]})
    assert kept.status == 304


@pytest.mark.parametrize("expects", [False, True])
async def test_a_refusal_reaches_whoever_sends_a_body(through: Through, *, expects: bool) -> None:
    async def pieces(size: int) -> AsyncIterator[bytes]:
        for at in range(0, size, 65536):
            yield LARGE[at : at + 65536].ljust(65536, b"x")

    size = through.world.settings.max_upload_bytes + 65536
    tries = [
        ("admin", 413, "TOO_LARGE", b"x" * size),
        ("user", 403, "FORBIDDEN", LARGE),
        ("user", 403, "FORBIDDEN", None),
    ]
    for caller, status, code, content in tries * 3:
        data = pieces(len(LARGE)) if content is None else io.BytesIO(content)
        refused = await through.ask("PUT", "/api/v1/archives/a.zip", caller, data=data, expect100=expects)
        assert (await read(refused, status))["code"] == code


async def go_on(through: Through, location: str) -> tuple[int, aiohttp.ClientResponse]:
    """Send what is not there yet; give how much was, and what is answered."""
    offset = int((await through.ask("HEAD", location, headers=TUS)).headers["Upload-Offset"])
    rest = {**PIECE, "Upload-Offset": str(offset)}
    return offset, await through.ask("PATCH", location, headers=rest, data=io.BytesIO(LARGE[offset:]))


async def test_an_upload_in_pieces_goes_on_where_it_broke_off(through: Through) -> None:
    half, broken = len(LARGE) // 2, asyncio.Event()
    is_held = "proxy_request_buffering off" in through.proxy.kind.changes

    async def breaking() -> AsyncIterator[bytes]:
        yield LARGE[:half]
        if not is_held:
            await until(lambda: has_content(through.world.settings.archives_dir))
        broken.set()
        await asyncio.sleep(60)
        yield b""

    told = {**TUS, "Upload-Length": str(len(LARGE)), "Upload-Metadata": "filename YS56aXA="}
    location = (await through.ask("POST", "/api/v1/uploads", headers=told)).headers["Location"]
    assert location.startswith(f"{through.proxy.url}/api/v1/uploads/")
    first = {**PIECE, "Upload-Offset": "0", "Content-Length": str(len(LARGE))}
    sending = asyncio.create_task(through.ask("PATCH", location, headers=first, data=breaking()))
    await broken.wait()
    sending.cancel()
    await asyncio.wait([sending])
    offset, done = await go_on(through, location)
    while done.status in {409, 423}:  # the first piece is still being written: clients ask again
        offset, done = await go_on(through, location)
    assert offset == 0 if is_held else 0 < offset <= half
    assert (done.status, done.headers["Upload-Offset"]) == (204, str(len(LARGE)))
    assert await (await through.ask("GET", "/api/v1/archives/a.zip")).read() == LARGE


async def test_events_come_as_they_happen(through: Through) -> None:
    async with await through.ask("GET", "/api/v1/events") as stream, asyncio.timeout(20):
        assert await stream.content.readline() == b"retry: 2000\n"
        job = (await read(await through.ask("POST", "/api/v1/exports", json=EXPORT), 202))["id"]
        while job.encode() not in await stream.content.readline():
            pass


async def test_streams_count_for_their_caller(through: Through) -> None:
    most = through.world.settings.max_connections_per_address
    streams = [await through.ask("GET", "/api/v1/events") for _ in range(2 * most)]
    assert {each.status for each in streams} == {200}
    refused = await through.ask("GET", "/api/v1/events")
    assert (await read(refused, 429))["code"] == "TOO_MANY_CONNECTIONS"


async def curl(through: Through, *words: str) -> str:
    """Send a request as HTTP/2; give what is answered, and under which version and status."""
    command = ["curl", "-sS", "--http2", "--max-time", "30", "--cacert", str(through.proxy.certificate)]
    key = f"X-API-KEY: {through.world.keys['admin']}"
    process = await asyncio.create_subprocess_exec(
        *command, "-H", key, "-w", "\n%{http_version} %{http_code}", *words, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return output.decode()


async def test_all_works_over_http_2(through: Through, tmp_path: Path) -> None:
    file, url = tmp_path / "a.zip", f"{through.proxy.url}/api/v1"
    file.write_bytes(LARGE)
    assert (await curl(through, "-T", str(file), f"{url}/archives/a.zip")).endswith("\n2 201")
    part = await curl(through, "-r", "0-1", f"{url}/archives/a.zip")
    assert part == "PK\n2 206"
    job = (await read(await through.ask("POST", "/api/v1/exports", json=EXPORT), 202))["id"]
    events = asyncio.create_task(curl(through, "-N", f"{url}/jobs/{job}/events"))
    await asyncio.sleep(0.2)
    await through.work()
    told = await events
    assert '"status":"closed"' in told
    assert told.endswith("\n2 200")


async def test_proxies_close_idle_connections_before_gateways_do() -> None:
    for file, setting in (("nginx.conf", "keepalive_timeout"), ("haproxy.cfg", "pool-purge-delay")):
        seconds = int(re.findall(rf"{setting} (\d+)s", (FOLDER / file).read_text())[0])
        assert seconds < KEEP_ALIVE_SECONDS - 10


async def test_a_gateway_that_stops_loses_no_request(through: Through) -> None:
    stopping, answers, ended = through.gateways[0], [], asyncio.Event()
    form = {"grant_type": "client_credentials", "client_id": "admin", "client_secret": through.world.keys["admin"]}

    async def go_on(method: str, path: str, **more: Any) -> None:
        while not ended.is_set():
            answers.append((method, (await through.ask(method, path, **more)).status))

    going = [asyncio.create_task(go_on("GET", "/api/v1/me")) for _ in range(4)]
    going += [asyncio.create_task(go_on("POST", TOKEN, data=form)) for _ in range(4)]
    await until(lambda: len(answers) > 40)
    runner = stopping.server.runner
    assert isinstance(runner, web.AppRunner)
    for site in list(runner.sites):
        await site.stop()
    await wind_down(runner)
    await stopping.close()
    before = len(answers)
    await until(lambda: len(answers) > before + 40)
    ended.set()
    await asyncio.gather(*going)
    assert Counter(answers).keys() == {("GET", 200), ("POST", 200)}, Counter(answers)
