"""What is answered otherwise than in JSON has the status, the media type and the headers that the document names."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from aiohttp import ClientResponse
from multidict import CIMultiDict

from gateway.admin_center.bundle import ASSETS, read_bundle
from shared.logs import log_path
from tests.gateway.conftest import Client, World
from tests.gateway.dialects.native.test_jobs import submit
from tests.gateway.openapi.test_document import DOCUMENT
from tests.support.archives.small import make_archive

FORMS = {
    "MyApp.zip": "application/zip",
    "alone.graphml": "application/octet-stream",
    "alone.xml": "application/octet-stream",
    "packed.graphml.gz": "application/gzip",
}
OPERATIONS = {each["operationId"]: each for path in DOCUMENT["paths"].values() for each in path.values()}
ARCHIVE = make_archive("MyApp")
PIECE = "application/offset+octet-stream"


def describe(operation: str, status: int) -> Any:
    """Give what the document says of an answer."""
    return OPERATIONS[operation]["responses"][str(status)]


def require_described(operation: str, answer: ClientResponse) -> None:
    described = describe(operation, answer.status)
    content = described.get("content", {})
    if content:
        assert answer.content_type in content
        assert content[answer.content_type]["schema"]["type"] == "string"
    else:
        assert answer.headers.get("Content-Length", "0") == "0"
    told = CIMultiDict(described["headers"])
    assert {name for name in answer.headers if name.lower().startswith(("upload-", "tus-"))} <= told.keys()


@pytest.mark.parametrize("name", FORMS)
async def test_a_download_is_bytes_of_its_form(client: Client, world: World, name: str) -> None:
    world.archives.put("acme", name, b"0123456789")
    path = f"/api/v1/archives/{name}"
    link = await (await client.post(f"{path}/link", headers=world.as_("admin"))).json()
    signed = f"/files/{link['url'].rpartition('/')[2]}"
    for operation, where in (("archives.download", path), ("spark.file", signed)):
        whole = await client.get(where, headers=world.as_("admin"))
        assert (whole.status, whole.content_type) == (200, FORMS[name])
        ranged = {"Range": "bytes=2-"}
        kept = {"If-None-Match": whole.headers["ETag"]}
        part = await client.get(where, headers={**world.as_("admin"), **ranged})
        same = await client.get(where, headers={**world.as_("admin"), **kept})
        assert (part.status, same.status) == (206, 304)
        for answer in (whole, part, same):
            require_described(operation, answer)
        assert describe(operation, 200)["content"][whole.content_type]["schema"]["format"] == "binary"


async def test_a_log_and_events_are_text(client: Client, world: World) -> None:
    job = await submit(world, "admin")
    path = log_path(world.settings, "acme", job.id)
    path.parent.mkdir(parents=True)
    path.write_bytes(b'{"event":"a"}\n')
    where = f"/api/v1/jobs/{job.id}"
    for operation, path_asked, headers, status in (
        ("jobs.log", f"{where}/log", {}, 200),
        ("jobs.log", f"{where}/log", {"Range": "bytes=2-"}, 206),
        ("jobs.events", f"{where}/events", {}, 200),
        ("events", "/api/v1/events", {}, 200),
    ):
        async with client.get(path_asked, headers={**world.as_("admin"), **headers}) as answer:
            assert answer.status == status
            require_described(operation, answer)
            answer.close()


async def test_pages_and_their_parts_are_text(client: Client) -> None:
    asked = {"admin.page": ["/admin/"], "docs": ["/docs"]}
    asked["docs.part"] = [f"/docs/{name}" for name in ("start.js", "swagger-ui.css", "swagger-ui-bundle.js")]
    asked["admin.asset"] = [f"/admin/{name}" for name in read_bundle() if name.startswith(ASSETS)]
    for operation, paths in asked.items():
        for path in paths:
            answer = await client.get(path)
            assert answer.status == 200
            require_described(operation, answer)


async def test_uploads_carry_pieces_and_answer_with_headers(client: Client, world: World) -> None:
    tus = {**world.as_("admin"), "Tus-Resumable": "1.0.0"}
    piece = {**tus, "Content-Type": PIECE}
    require_described("uploads.options", await client.options("/api/v1/uploads"))
    named = f"filename {base64.b64encode(b'a.zip').decode()}"
    created = await client.post(
        "/api/v1/uploads",
        headers={**piece, "Upload-Length": str(len(ARCHIVE)), "Upload-Metadata": named},
        data=ARCHIVE[:9],
    )
    assert created.status == 201
    require_described("uploads.create", created)
    upload = f"/api/v1/uploads/{created.headers['Location'].rpartition('/')[2]}"
    require_described("uploads.show", await client.head(upload, headers=tus))
    shown = await client.post(upload, headers={**tus, "X-HTTP-Method-Override": "HEAD"})
    assert shown.status == 200
    require_described("uploads.act", shown)
    done = await client.patch(upload, headers={**piece, "Upload-Offset": "9"}, data=ARCHIVE[9:])
    assert (done.status, done.headers["Upload-Archive"]) == (204, "a.zip")
    require_described("uploads.append", done)


@pytest.mark.parametrize(
    ("operation", "media_types", "is_required"),
    [
        ("archives.upload", set(FORMS.values()), True),
        ("uploads.append", {PIECE}, True),
        ("uploads.create", {PIECE}, False),
        ("uploads.act", {PIECE}, False),
    ],
)
def test_files_are_sent_as_bytes(operation: str, media_types: set[str], is_required: bool) -> None:
    body = OPERATIONS[operation]["requestBody"]
    assert body["required"] is is_required
    assert body["content"] == {each: {"schema": {"type": "string", "format": "binary"}} for each in media_types}


def test_the_file_of_a_form_is_bytes_too() -> None:
    (content,) = OPERATIONS["spark.import_services"]["requestBody"]["content"].values()
    assert content["schema"]["properties"]["file"]["format"] == "binary"
