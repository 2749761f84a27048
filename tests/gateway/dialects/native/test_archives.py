"""Archives are uploaded, listed, downloaded and deleted by those who may."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from yarl import URL

from shared.adapters.folders.archives import ArchiveDirectory
from shared.jobs.record import Status
from shared.jobs.summaries import ArchiveFacts
from tests.gateway.conftest import Client, StartGateway, World
from tests.gateway.dialects.native.test_jobs import submit
from tests.support.archives.small import make_archive

ARCHIVES = "/api/v1/archives"


def write_foreign_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("entry", b"content")
    return buffer.getvalue()


ZIP = make_archive("MyApp")


async def test_what_is_uploaded_is_stored(client: Client, world: World) -> None:
    response = await client.put(f"{ARCHIVES}/App%20(1)%20ä.zip", data=ZIP, headers=world.as_("admin"))
    assert response.status == 201
    assert await response.json() == {
        "name": "App (1) ä.zip",
        "bytes": len(ZIP),
        "sha256": hashlib.sha256(ZIP).hexdigest(),
    }
    assert response.headers["Location"] == "https://ferry.example/base/api/v1/archives/App%20%281%29%20%C3%A4.zip"
    async with world.archives.open_local("acme", "App (1) ä.zip") as path:
        assert path.read_bytes() == ZIP


async def test_a_name_is_the_same_in_every_normal_form(client: Client, world: World) -> None:
    decomposed = f"{ARCHIVES}/Cafe%CC%81.zip"
    for status in (201, 200):
        response = await client.put(decomposed, data=ZIP, headers=world.as_("admin"))
        assert (response.status, (await response.json())["name"]) == (status, "Caf\u00e9.zip")
    response = await client.get(decomposed, headers=world.as_("admin"))
    assert (response.status, await response.read()) == (200, ZIP)


async def test_spellings_are_told_to_those_who_see_all_archives(client: Client, world: World) -> None:
    for name in ("\u1e69.zip", "\u1e63\u0307.zip"):
        world.archives.put("acme", name, ZIP)
    answers = [await client.get(f"{ARCHIVES}/s\u0323\u0307.zip", headers=world.as_(each)) for each in ("admin", "user")]
    assert [(each.status, (await each.json())["code"]) for each in answers] == [
        (400, "NAME_AMBIGUOUS"),
        (404, "ARCHIVE_UNKNOWN"),
    ]


async def test_an_upload_in_chunks_is_stored(client: Client, world: World) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(ZIP), 7):
            yield ZIP[at : at + 7]

    response = await client.put(f"{ARCHIVES}/a.zip", data=chunks(), headers=world.as_("admin"))
    assert (response.status, (await response.json())["bytes"]) == (201, len(ZIP))


@pytest.mark.parametrize("caller", ["user", "importer", "supervisor"])
async def test_only_administrators_upload_and_delete(client: Client, world: World, caller: str) -> None:
    world.archives.put("acme", "a.zip", ZIP)
    assert (await client.put(f"{ARCHIVES}/b.zip", data=ZIP, headers=world.as_(caller))).status == 403
    assert (await client.delete(f"{ARCHIVES}/a.zip", headers=world.as_(caller))).status == 403
    assert [each.name for each in await world.archives.list_archives("acme")] == ["a.zip"]


async def test_a_name_taken_is_never_replaced(client: Client, world: World) -> None:
    world.archives.put("acme", "a.zip", b"first")
    response = await client.put(f"{ARCHIVES}/a.zip", data=ZIP, headers=world.as_("admin"))
    assert response.status == 409
    assert (await response.json())["code"] == "ARCHIVE_EXISTS"
    assert (await world.archives.get("acme", "a.zip")).bytes == 5


async def test_an_upload_sent_again_is_no_error(client: Client, world: World) -> None:
    admin, other = world.as_("admin"), ZIP[:-1] + b"x"
    first, again = [await client.put(f"{ARCHIVES}/a.zip", data=ZIP, headers=admin) for _ in range(2)]
    assert (first.status, again.status) == (201, 200)
    assert await first.json() == await again.json()
    assert first.headers["Location"] == again.headers["Location"]
    assert (await client.put(f"{ARCHIVES}/a.zip", data=other, headers=admin)).status == 409
    async with world.archives.open_local("acme", "a.zip") as path:
        assert path.read_bytes() == ZIP


@pytest.mark.parametrize("body", [b"", b"P", b"just text", b"\x00" * 100, write_foreign_zip(), ZIP[:-1], b"x" + ZIP])
async def test_what_is_no_archive_is_refused(client: Client, world: World, body: bytes) -> None:
    response = await client.put(f"{ARCHIVES}/a.zip", data=body, headers=world.as_("admin"))
    assert response.status == 422
    assert (await response.json())["code"] == "INVALID_ARCHIVE"
    assert await world.archives.list_archives("acme") == []


async def test_a_name_kept_for_uploads_of_requests_is_refused(client: Client, world: World) -> None:
    name = "upload-0199f0c2-0000-7000-8000-000000000001.zip"
    response = await client.put(f"{ARCHIVES}/{name}", data=ZIP, headers=world.as_("admin"))
    assert (response.status, (await response.json())["code"]) == (400, "INVALID_FILE_NAME")


@pytest.mark.parametrize("name", ["a.txt", "..%2Fa.zip", "a%00.zip", "a%5Cb.zip", "%0A.zip"])
async def test_an_unsafe_name_is_refused(client: Client, world: World, name: str) -> None:
    for answer in (
        await client.put(f"{ARCHIVES}/{name}", data=ZIP, headers=world.as_("admin")),
        await client.get(f"{ARCHIVES}/{name}", headers=world.as_("admin")),
        await client.delete(f"{ARCHIVES}/{name}", headers=world.as_("admin")),
    ):
        assert answer.status in {400, 404}
        assert (await answer.json())["code"] in {"INVALID_FILE_NAME", "ARCHIVE_UNKNOWN", "NOT_FOUND"}
    assert all("/" not in each.name for each in await world.archives.list_archives("acme"))


@pytest.mark.parametrize("is_announced", [True, False])
async def test_an_upload_above_the_limit_is_refused(client: Client, world: World, is_announced: bool) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield ZIP[:4] + b"x" * 5000

    body = b"PK\x03\x04" + b"x" * 200_000 if is_announced else endless()
    response = await client.put(f"{ARCHIVES}/a.zip", data=body, headers=world.as_("admin"))
    assert response.status == 413
    assert "100000" in (await response.json())["detail"]
    assert await world.archives.list_archives("acme") == []


async def test_a_compressed_upload_is_refused(client: Client, world: World) -> None:
    headers = {**world.as_("admin"), "Content-Encoding": "gzip"}
    assert (await client.put(f"{ARCHIVES}/a.zip", data=b"\x1f\x8b", headers=headers)).status == 415


async def test_a_refused_upload_leaves_no_part(start_gateway: StartGateway, world: World) -> None:
    root = world.settings.archives_dir
    client = await start_gateway(replace(world.resources(), archives=ArchiveDirectory(root)))
    assert (await client.put(f"{ARCHIVES}/a.zip", data=b"text", headers=world.as_("admin"))).status == 422
    assert (await client.put(f"{ARCHIVES}/a.zip", data=ZIP, headers=world.as_("admin"))).status == 201
    assert [path.name for path in (root / "acme").iterdir()] == ["a.zip"]


async def test_archives_are_listed(client: Client, world: World) -> None:
    world.archives.put("acme", "b.zip", b"12")
    world.archives.put("acme", "a.zip", b"1")
    world.archives.put("globex", "c.zip", b"1")
    listed = (await (await client.get(ARCHIVES, headers=world.as_("admin"))).json())["archives"]
    assert [(each["name"], each["bytes"]) for each in listed] == [("a.zip", 1), ("b.zip", 2)]
    assert all(each["modified"].endswith("Z") for each in listed)


async def test_users_see_the_archives_of_their_own_exports(client: Client, world: World) -> None:
    job = await submit(world, "user")
    archive = ArchiveFacts(name="mine.zip", bytes=len(ZIP), sha256="")
    world.jobs.jobs[job.id] = replace(job, status=Status.CLOSED, archive=archive)
    world.archives.put("acme", "mine.zip", ZIP)
    world.archives.put("acme", "theirs.zip", ZIP)
    listed = (await (await client.get(ARCHIVES, headers=world.as_("user"))).json())["archives"]
    assert [each["name"] for each in listed] == ["mine.zip"]
    assert (await client.get(f"{ARCHIVES}/mine.zip", headers=world.as_("user"))).status == 200
    for caller, name in (("user", "theirs"), ("other", "mine"), ("supervisor", "mine"), ("stranger", "mine")):
        response = await client.get(f"{ARCHIVES}/{name}.zip", headers=world.as_(caller))
        assert response.status == 404
        assert (await response.json())["detail"] == f"file '{name}.zip' not found"


async def test_a_name_given_anew_is_not_theirs_any_more(client: Client, world: World) -> None:
    job = await submit(world, "user")
    archive = ArchiveFacts(name="mine.zip", bytes=1, sha256="")
    world.jobs.jobs[job.id] = replace(job, status=Status.CLOSED, archive=archive)
    world.archives.put("acme", "mine.zip", ZIP)
    assert (await client.get(f"{ARCHIVES}/mine.zip", headers=world.as_("user"))).status == 404


async def test_a_download_comes_with_its_digest(client: Client, world: World) -> None:
    world.archives.put("acme", "Ä b.zip", ZIP)
    response = await client.get(f"{ARCHIVES}/Ä b.zip", headers=world.as_("admin"))
    assert await response.read() == ZIP
    digest = hashlib.sha256(ZIP)
    assert response.headers["ETag"] == f'"{digest.hexdigest()}"'
    assert response.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Content-Length"] == str(len(ZIP))
    assert response.content_type == "application/zip"
    disposition = response.headers["Content-Disposition"]
    assert disposition == "attachment; filename=\"_ b.zip\"; filename*=UTF-8''%C3%84%20b.zip"


async def test_head_is_a_download_without_its_body(client: Client, world: World) -> None:
    world.archives.put("acme", "a.zip", ZIP)
    response = await client.head(f"{ARCHIVES}/a.zip", headers=world.as_("admin"))
    assert (response.status, response.headers["Content-Length"], await response.read()) == (200, str(len(ZIP)), b"")


async def test_an_archive_is_deleted_once(client: Client, world: World) -> None:
    world.archives.put("acme", "a.zip", ZIP)
    assert (await client.delete(f"{ARCHIVES}/a.zip", headers=world.as_("admin"))).status == 204
    assert (await client.delete(f"{ARCHIVES}/a.zip", headers=world.as_("admin"))).status == 404


OTHER = make_archive("Other")
TAG = f'"{hashlib.sha256(ZIP).hexdigest()}"'
LONG_AGO, TO_COME = "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 2094 08:49:37 GMT"


@pytest.mark.parametrize(
    ("condition", "new", "equal", "other"),
    [
        ({"If-None-Match": "*"}, 201, 412, 412),
        ({"If-None-Match": TAG}, 201, 412, 412),
        ({"If-None-Match": '"another"'}, 201, 200, 409),
        ({"If-Match": "*"}, 412, 200, 409),
        ({"If-Match": TAG}, 412, 200, 409),
        ({"If-Match": '"another"'}, 412, 412, 412),
        ({"If-Match": f"W/{TAG}"}, 412, 412, 412),
        ({"If-Unmodified-Since": LONG_AGO}, 201, 412, 412),
        ({"If-Unmodified-Since": TO_COME}, 201, 200, 409),
        ({"If-Modified-Since": TO_COME}, 201, 200, 409),
    ],
)
async def test_an_upload_keeps_its_conditions(
    client: Client, world: World, condition: dict[str, str], new: int, equal: int, other: int
) -> None:
    headers = {**world.as_("admin"), **condition}
    response = await client.put(f"{ARCHIVES}/a.zip", data=ZIP, headers=headers)
    assert (response.status, len(await world.archives.list_archives("acme"))) == (new, new == 201)
    world.archives.put("acme", "a.zip", ZIP)
    assert (await client.put(f"{ARCHIVES}/a.zip", data=ZIP, headers=headers)).status == equal
    refused = await client.put(f"{ARCHIVES}/a.zip", data=OTHER, headers=headers)
    assert refused.status == other
    assert other == 409 or (refused.headers["ETag"], (await refused.json())["code"]) == (TAG, "PRECONDITION_FAILED")
    assert (await client.get(f"{ARCHIVES}/a.zip", headers=world.as_("admin"))).headers["ETag"] == TAG


async def test_an_upload_tells_the_tag_that_the_download_has(client: Client, world: World) -> None:
    for _ in range(2):
        assert (await client.put(f"{ARCHIVES}/a.zip", data=ZIP, headers=world.as_("admin"))).headers["ETag"] == TAG


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({"If-Match": '"another"'}, 412),
        ({"If-Match": TAG}, 204),
        ({"If-None-Match": TAG}, 412),
        ({"If-Unmodified-Since": LONG_AGO}, 412),
    ],
)
async def test_only_what_was_seen_is_deleted(
    client: Client, world: World, condition: dict[str, str], status: int
) -> None:
    world.archives.put("acme", "a.zip", ZIP)
    headers = {**world.as_("admin"), **condition}
    assert (await client.delete(f"{ARCHIVES}/a.zip", headers=headers)).status == status
    assert len(await world.archives.list_archives("acme")) == (status == 412)
    assert (await client.delete(f"{ARCHIVES}/none.zip", headers=headers)).status == 404


async def test_another_tenants_archive_does_not_exist(client: Client, world: World) -> None:
    world.archives.put("acme", "a.zip", ZIP)
    assert (await client.get(f"{ARCHIVES}/a.zip", headers=world.as_("stranger"))).status == 404
    assert (await client.delete(f"{ARCHIVES}/a.zip", headers=world.as_("stranger"))).status == 404
    assert (await client.put(f"{ARCHIVES}/a.zip", data=ZIP, headers=world.as_("stranger"))).status == 201
    assert len(await world.archives.list_archives("acme")) == 1


async def test_a_link_needs_no_credentials(client: Client, world: World) -> None:
    world.archives.put("acme", "Ä b.zip", ZIP)
    made = await client.post(f"{ARCHIVES}/%C3%84%20b.zip/link", headers=world.as_("admin"))
    assert made.status == 200
    response = await client.get(URL((await made.json())["url"]).path.removeprefix("/base"))
    assert (response.status, await response.read()) == (200, ZIP)
    assert response.headers["Content-Disposition"].endswith("filename*=UTF-8''%C3%84%20b.zip")


@pytest.mark.parametrize("caller", ["user", "stranger"])
async def test_only_who_sees_an_archive_gets_a_link(client: Client, world: World, caller: str) -> None:
    world.archives.put("acme", "a.zip", ZIP)
    assert (await client.post(f"{ARCHIVES}/a.zip/link", headers=world.as_(caller))).status == 404
