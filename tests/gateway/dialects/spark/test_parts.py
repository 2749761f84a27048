"""Multipart bodies as clients make them, and as they should not."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import replace
from http import HTTPStatus

import pytest
from aiohttp import ClientResponse

from shared.jobs.requests import ImportRequest
from tests.gateway.conftest import StartGateway
from tests.gateway.dialects.spark.conftest import BASE, Spark, read, refusal
from tests.support.archives.small import make_archive

ARCHIVE = make_archive("App")
ROWS = [{"service_uri_source": "source/App", "service_uri_destination": "target/App"}]
ENTITY = json.dumps({"inputs": {"services_modify": ROWS}}).encode()

FILE_HEAD = b'Content-Disposition: form-data; name="file"; filename="package.zip"\r\nContent-Type: application/zip'
BARE_FILE_HEAD = b'Content-Disposition: form-data; name="file"; filename="../../\xc3\xa4 b.exe"'
NAMELESS_FILE_HEAD = b'Content-Disposition: form-data; name="file"'
ENTITY_HEAD = b'Content-Disposition: form-data; name="importRequestEntity"'
TYPED_ENTITY_HEAD = ENTITY_HEAD + b"\r\nContent-Type: application/json; charset=utf-8"


def make_body(*parts: tuple[bytes, bytes], end: bytes = b"--\r\n") -> bytes:
    return b"".join(b"--line\r\n" + head + b"\r\n\r\n" + content + b"\r\n" for head, content in parts) + b"--line" + end


async def post(spark: Spark, body: bytes, kind: str = "multipart/form-data; boundary=line") -> ClientResponse:
    headers = {**spark.world.as_("admin"), "Content-Type": kind}
    return await spark.client.post(f"{BASE}/import", data=body, headers=headers)


@pytest.mark.parametrize("file_head", [FILE_HEAD, BARE_FILE_HEAD, NAMELESS_FILE_HEAD])
@pytest.mark.parametrize("entity_head", [ENTITY_HEAD, TYPED_ENTITY_HEAD])
@pytest.mark.parametrize("is_file_first", [True, False])
async def test_both_orders_with_and_without_types(
    spark: Spark, file_head: bytes, entity_head: bytes, is_file_first: bool
) -> None:
    parts = [(file_head, ARCHIVE), (entity_head, ENTITY)]
    await read(await post(spark, make_body(*(parts if is_file_first else reversed(parts)))))
    request = spark.only_job().request
    assert isinstance(request, ImportRequest)
    async with spark.world.archives.open_local("acme", request.archive_name) as path:
        assert path.read_bytes() == ARCHIVE


async def test_other_parts_are_passed_over(spark: Spark) -> None:
    other = b'Content-Disposition: form-data; name="comment"'
    nameless = b"Content-Type: text/plain"
    parts = [(other, b"x" * 10_000), (FILE_HEAD, ARCHIVE), (other, b"y"), (nameless, b"z"), (ENTITY_HEAD, ENTITY)]
    await read(await post(spark, make_body(*parts, (nameless, b"z"))))


@pytest.mark.parametrize(
    ("parts", "missing"),
    [
        ([(FILE_HEAD, ARCHIVE)], ["importRequestEntity"]),
        ([(ENTITY_HEAD, ENTITY)], ["file"]),
        ([(b"X-Nothing: 1", b"")], ["file", "importRequestEntity"]),
    ],
)
async def test_missing_parts_are_named(spark: Spark, parts: list[tuple[bytes, bytes]], missing: list[str]) -> None:
    body = await refusal(await post(spark, make_body(*parts)), 400, "INVALID_REQUEST")
    assert body["details"] == [f"{name}: Part required" for name in missing]


@pytest.mark.parametrize(
    ("more", "content"),
    [(b"Base64", base64.encodebytes(ARCHIVE)), (b"base64", base64.b64encode(ARCHIVE)), (b"8bit", ARCHIVE)],
)
async def test_parts_may_be_encoded_as_in_mail(spark: Spark, more: bytes, content: bytes) -> None:
    head = b"\r\nContent-Transfer-Encoding: " + more
    entity = base64.b64encode(ENTITY) if content != ARCHIVE else ENTITY
    await read(await post(spark, make_body((FILE_HEAD + head, content), (ENTITY_HEAD + head, entity))))
    request = spark.only_job().request
    assert isinstance(request, ImportRequest)
    async with spark.world.archives.open_local("acme", request.archive_name) as path:
        assert path.read_bytes() == ARCHIVE


@pytest.mark.parametrize("head", [b"Content-Transfer-Encoding: quoted-printable", b"Content-Encoding: gzip"])
async def test_other_encodings_of_parts_are_named(spark: Spark, head: bytes) -> None:
    response = await post(spark, make_body((FILE_HEAD + b"\r\n" + head, ARCHIVE), (ENTITY_HEAD, ENTITY)))
    told = (await refusal(response, 415, "UNSUPPORTED_ENCODING"))["message"]
    assert head.decode().partition(": ")[2] in told


CHARSET = (b'Content-Disposition: form-data; name="_charset_"', b"iso-8859-1")
OF_LATIN = json.dumps({"inputs": {"services_modify": ROWS}, "source_system": "Müller"}, ensure_ascii=False)


@pytest.mark.parametrize(
    "parts",
    [
        [CHARSET, (ENTITY_HEAD, OF_LATIN.encode("latin-1"))],
        [(ENTITY_HEAD + b"\r\nContent-Type: application/json; charset=utf-16", OF_LATIN.encode("utf-16"))],
        [(ENTITY_HEAD, OF_LATIN.encode("utf-8-sig"))],
    ],
)
async def test_the_entity_may_come_in_another_charset(spark: Spark, parts: list[tuple[bytes, bytes]]) -> None:
    await read(await post(spark, make_body(*parts, (FILE_HEAD, ARCHIVE))))
    assert spark.only_job().source_system == "Müller"


@pytest.mark.parametrize("twice", [(FILE_HEAD, ARCHIVE), (ENTITY_HEAD, ENTITY)])
async def test_a_part_that_is_there_twice_is_refused(spark: Spark, twice: tuple[bytes, bytes]) -> None:
    response = await post(spark, make_body((FILE_HEAD, ARCHIVE), (ENTITY_HEAD, ENTITY), twice))
    assert "twice" in (await refusal(response, 400, "INVALID_REQUEST"))["message"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (ENTITY, "application/json"),
        (b"", "multipart/form-data; boundary=line"),
        (b"no boundary at all", "multipart/form-data; boundary=line"),
        (b"--line\r\n", "multipart/form-data"),
        (make_body((FILE_HEAD, ARCHIVE), end=b""), "multipart/form-data; boundary=line"),
        (b"--line\r\n" + FILE_HEAD + b"\r\n\r\n" + ARCHIVE, "multipart/form-data; boundary=line"),
        (make_body((b"Content-Type: multipart/mixed; boundary=b", b"--b--")), "multipart/form-data; boundary=line"),
        (make_body((b"no header", b"")), "multipart/form-data; boundary=line"),
    ],
)
async def test_malformed_bodies_are_refused(spark: Spark, body: bytes, kind: str) -> None:
    await refusal(await post(spark, body, kind), 400, "INVALID_REQUEST")
    assert await spark.world.archives.list_archives("acme") == []


async def test_limits_of_both_parts(spark: Spark, start_gateway: StartGateway) -> None:
    settings = spark.world.settings.model_copy(update={"spark_max_bytes": len(ARCHIVE)})
    small = replace(spark, client=await start_gateway(replace(spark.world.resources(), settings=settings)))
    await read(await post(small, make_body((FILE_HEAD, ARCHIVE), (ENTITY_HEAD, ENTITY))))
    body = await refusal(await post(small, make_body((FILE_HEAD, ARCHIVE + b"x"))), 413, "TOO_LARGE")
    assert str(len(ARCHIVE)) in body["message"]
    await refusal(await post(small, make_body((ENTITY_HEAD, b" " * 5000))), 413, "TOO_LARGE")


@pytest.mark.parametrize(("caller", "status"), [("Bearer None", 401), ("stranger", 404), ("user", 403), ("admin", 413)])
async def test_errors_come_after_the_whole_body(
    spark: Spark, start_gateway: StartGateway, caller: str, status: int
) -> None:
    settings = spark.world.settings.model_copy(update={"spark_max_bytes": 150_000})
    client = await start_gateway(replace(spark.world.resources(), settings=settings))
    reader, writer = await asyncio.open_connection(client.host, client.port)
    body = make_body((FILE_HEAD, b"x" * 400_000))
    shown = caller if caller not in spark.world.keys else f"Bearer {spark.world.keys[caller]}"
    head = (
        f"POST {BASE}/import HTTP/1.1\r\nHost: here\r\nAuthorization: {shown}\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: multipart/form-data; boundary=line\r\n\r\n"
    )
    writer.write(head.encode() + body[:-1])
    await writer.drain()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.2)
    writer.write(body[-1:])
    assert await asyncio.wait_for(reader.readline(), 5) == f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
    writer.close()
    await writer.wait_closed()
