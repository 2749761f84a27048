"""Callers see no difference where archives are in an object store, on a store with conditions and on one without."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientPayloadError, ClientSession
from yarl import URL

from infra.engines.ports import LOOPBACK, choose_port
from shared.adapters.s3.keys import archive_key
from shared.resources import Resources
from tests.gateway.conftest import Client, StartGateway, World, accepted_job
from tests.support.archives.small import make_archive
from tests.support.object_stores import ObjectScene, make_scene, open_test_bucket

pytestmark = pytest.mark.engines

ARCHIVE = make_archive("New")
OTHER = make_archive("Other")
LARGE = make_archive("Large", texts=[random.Random(number).randbytes(50_000).hex() for number in range(50)])
"""Of several pieces."""
HALF = len(ARCHIVE) // 2
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}


@pytest.fixture
def resources(world: World, object_scene: ObjectScene) -> Resources:
    return replace(world.resources(), archives=object_scene.open_archives(), uploads=object_scene.open_uploads())


@pytest.fixture
def start(start_gateway: StartGateway, resources: Resources) -> Callable[[], Awaitable[Client]]:
    return lambda: start_gateway(resources)


async def test_an_archive_is_brought_shown_sent_and_deleted(
    world: World, start: Callable[[], Awaitable[Client]]
) -> None:
    client, admin = await start(), world.as_("admin")
    path = "/api/v1/archives/a.zip"
    assert [(await client.put(path, data=ARCHIVE, headers=admin)).status for _ in range(2)] == [201, 200]
    other = await client.put(path, data=OTHER, headers=admin)
    assert (other.status, (await other.json())["code"]) == (409, "ARCHIVE_EXISTS")
    (listed,) = (await (await client.get("/api/v1/archives", headers=admin)).json())["archives"]
    assert (listed["name"], listed["bytes"]) == ("a.zip", len(ARCHIVE))
    whole = await client.get(path, headers=admin)
    assert await whole.read() == ARCHIVE
    condition = {"Range": "bytes=5-9", "If-Range": whole.headers["ETag"]}
    part = await client.get(path, headers={**admin, **condition})
    assert (part.status, await part.read()) == (206, ARCHIVE[5:10])
    assert (await client.patch(path, json={"pinned": True}, headers=admin)).status == 200
    refused = await client.delete(path, headers=admin)
    assert (refused.status, (await refused.json())["code"]) == (409, "ARCHIVE_PINNED")
    assert (await client.patch(path, json={"pinned": False}, headers=admin)).status == 200
    assert [(await client.delete(path, headers=admin)).status for _ in range(2)] == [204, 404]


async def test_an_upload_in_pieces_goes_on_at_another_gateway(
    world: World, start: Callable[[], Awaitable[Client]]
) -> None:
    one, other, admin = await start(), await start(), world.as_("admin")
    told = {"Upload-Length": str(len(ARCHIVE)), "Upload-Metadata": f"filename {base64.b64encode(b'a.zip').decode()}"}
    created = await one.post("/api/v1/uploads", headers={**admin, **TUS, **told})
    assert created.status == 201, await created.text()
    path = f"/api/v1/uploads/{created.headers['Location'].rpartition('/')[2]}"
    first = await one.patch(path, data=ARCHIVE[:HALF], headers={**admin, **PIECE, "Upload-Offset": "0"})
    assert first.status == 204, await first.text()
    asked = await other.head(path, headers={**admin, **TUS})
    assert asked.headers["Upload-Offset"] == str(HALF)
    last = await other.patch(path, data=ARCHIVE[HALF:], headers={**admin, **PIECE, "Upload-Offset": str(HALF)})
    assert (last.status, last.headers["Upload-Archive"]) == (204, "a.zip")
    assert await (await one.get("/api/v1/archives/a.zip", headers=admin)).read() == ARCHIVE


async def test_an_export_becomes_an_archive_that_can_be_imported(
    world: World, start: Callable[[], Awaitable[Client]], resources: Resources, object_scene: ObjectScene
) -> None:
    client = await start()
    body = {"database": "source", "applications": [{"name": "MyApp"}]}
    job = await accepted_job(client, world, "/api/v1/exports", body, "user")
    await world.work(resources)
    exported = await world.jobs.get(job.id)
    assert exported.archive is not None, exported.failure
    imported = {"database": "target", "archive": exported.archive.name}
    job = await accepted_job(client, world, "/api/v1/imports", imported, "admin")
    await world.work(resources)
    ended = await world.jobs.get(job.id)
    assert ended.failure is None
    assert [key.partition("/")[0] for key in await object_scene.list_keys()] == ["archives"]  # no proof is left


async def test_a_store_out_of_reach_is_told_of(world: World, start_gateway: StartGateway, tmp_path: Path) -> None:
    address = f"s3://ferry?endpoint=http://{LOOPBACK}:{choose_port()}&region=eu-west-1&path_style=yes"
    async with open_test_bucket(address) as bucket:
        scene = replace(make_scene(bucket, tmp_path), bucket=bucket)
        client = await start_gateway(
            replace(world.resources(), archives=scene.open_archives(), uploads=scene.open_uploads())
        )
        answer = await client.get("/api/v1/archives", headers=world.as_("admin"))
        assert (answer.status, (await answer.json())["code"]) == (503, "UNAVAILABLE")
        ready = await client.get("/readyz")
        assert ready.status == 503
        assert (await ready.json())["checks"]["archives"].startswith("unavailable")


async def test_a_download_is_sent_by_ranges_without_a_file(
    world: World, start: Callable[[], Awaitable[Client]], object_scene: ObjectScene
) -> None:
    client, admin = await start(), world.as_("admin")
    path, size = "/api/v1/archives/a.zip", len(LARGE)
    async with object_scene.open_archives().create("acme", owner="job-1") as pending:
        pending.path.write_bytes(LARGE)
        await pending.publish("a.zip")
    whole = await client.get(path, headers=admin)
    assert await whole.read() == LARGE
    sha256 = hashlib.sha256(LARGE)
    assert whole.headers["ETag"] == f'"{sha256.hexdigest()}"'
    assert whole.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(sha256.digest()).decode()}:"
    head = await client.head(path, headers=admin)
    assert (head.status, head.headers["Content-Length"], head.headers["ETag"]) == (
        200,
        str(size),
        whole.headers["ETag"],
    )
    for wanted, part in (
        ("bytes=1048570-1048590", slice(1048570, 1048591)),
        ("bytes=-5", slice(-5, None)),
        ("bytes=7-", slice(7, None)),
    ):
        answer = await client.get(path, headers={**admin, "Range": wanted, "If-Range": whole.headers["ETag"]})
        assert (answer.status, await answer.read()) == (206, LARGE[part])
    beyond = await client.get(path, headers={**admin, "Range": f"bytes={size}-"})
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    known = await client.get(path, headers={**admin, "If-None-Match": whole.headers["ETag"]})
    assert (known.status, await known.read()) == (304, b"")
    assert not object_scene.scratch.exists() or list(object_scene.scratch.iterdir()) == []


async def test_an_archive_that_becomes_another_while_it_is_sent_does_not_arrive(
    world: World, start: Callable[[], Awaitable[Client]], object_scene: ObjectScene
) -> None:
    client, admin, key = await start(), world.as_("admin"), archive_key("acme", "a.zip")
    content = b"x" * 32 * 1024**2
    await object_scene.bucket.put(key, content)
    answer = await client.get("/api/v1/archives/a.zip", headers=admin)
    assert await answer.content.readexactly(1000) == b"x" * 1000
    await object_scene.bucket.put(key, b"y" * len(content))
    with pytest.raises(ClientPayloadError):
        await answer.read()


async def test_a_whole_archive_is_sent_by_the_store_itself_where_settings_say_so(
    world: World, start_gateway: StartGateway, resources: Resources, object_scene: ObjectScene
) -> None:
    settings = world.settings.model_copy(update={"archives": "s3://ferry", "presigned_downloads": True})
    client, admin = await start_gateway(replace(resources, settings=settings)), world.as_("admin")
    name, path = "Größe 1.zip", "/api/v1/archives/Größe 1.zip"
    async with object_scene.open_archives().create("acme", owner="job-1") as pending:
        pending.path.write_bytes(ARCHIVE)
        await pending.publish(name)
    told = await client.get(path, headers=admin, allow_redirects=False)
    assert (told.status, await told.read(), told.headers["Cache-Control"]) == (307, b"", "no-store")
    address = URL(told.headers["Location"], encoded=True)
    assert (address.query["X-Amz-Algorithm"], address.query["X-Amz-Expires"]) == ("AWS4-HMAC-SHA256", "60")
    assert address.query["response-content-type"] == "application/zip"
    async with ClientSession() as session, session.get(address) as sent:
        assert (sent.status, await sent.read()) == (200, ARCHIVE)
    (entry,) = [each for each in world.audit.entries if each.action == "archives.download"]
    assert (entry.status, entry.target, entry.user) == (307, f"name={name}", "admin")
    part = await client.get(path, headers={**admin, "Range": "bytes=0-"}, allow_redirects=False)
    assert (part.status, await part.read()) == (206, ARCHIVE)
    head = await client.head(path, headers=admin, allow_redirects=False)
    assert head.status == 200
    known = {"If-None-Match": head.headers["ETag"]}
    assert (await client.get(path, headers={**admin, **known}, allow_redirects=False)).status == 304
    same = {"If-Match": head.headers["ETag"]}  # the store has another one
    matching = await client.get(path, headers={**admin, **same}, allow_redirects=False)
    assert (matching.status, await matching.read()) == (200, ARCHIVE)
    other = {"If-Match": '"another"'}
    assert (await client.get(path, headers={**admin, **other}, allow_redirects=False)).status == 412
