"""Signed links lead whoever holds them to one file, for a while."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from gateway.access.signing import Purpose, Signer, read_secret
from tests.gateway.conftest import StartGateway
from tests.gateway.dialects.spark.conftest import Spark, refusal

BASE_URL = "https://ferry.example/base"


@pytest.fixture
async def link(spark: Spark) -> str:
    """The path of a link to an export's file."""
    body = await spark.export_whole(services=["source/MyApp"], file_name="möved 1.zip", caller="user")
    url: str = body["outputs"]["files"][0]["file"]
    assert url.startswith(f"{BASE_URL}/files/")
    return url.removeprefix(BASE_URL)


async def test_the_file_comes_with_its_name_and_digest(spark: Spark, link: str) -> None:
    response = await spark.client.get(link, allow_redirects=False)
    content = await response.read()
    assert (response.status, response.content_type) == (200, "application/zip")
    archive = spark.only_job().archive
    assert archive is not None
    assert hashlib.sha256(content).hexdigest() == archive.sha256
    assert response.headers["ETag"] == f'"{archive.sha256}"'
    assert response.headers["Content-Disposition"].endswith("filename*=UTF-8''m%C3%B6ved%201.zip")
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None


async def test_parts_of_it_can_be_asked_for(spark: Spark, link: str) -> None:
    whole = await (await spark.client.get(link)).read()
    response = await spark.client.get(link, headers={"Range": "bytes=10-19"})
    assert (response.status, await response.read()) == (206, whole[10:20])
    etag = {"If-None-Match": response.headers["ETag"]}
    assert (await spark.client.get(link, headers=etag)).status == 304
    await refusal(await spark.client.get(link, headers={"If-Match": '"another"'}), 412, "PRECONDITION_FAILED")
    await refusal(await spark.client.get(link, headers={"Range": f"bytes={len(whole)}-"}), 416, "RANGE_NOT_SATISFIABLE")


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer None"}, {"x-tenant-name": "globex"}, {"X-API-KEY": "x"}]
)
async def test_headers_do_not_matter(spark: Spark, link: str, headers: dict[str, str]) -> None:
    assert (await spark.client.get(link, headers=headers)).status == 200
    assert (await spark.client.get(link, headers={**spark.world.as_("stranger"), **headers})).status == 200


async def test_what_is_not_signed_by_us_leads_nowhere(spark: Spark, link: str) -> None:
    claims = {"ten": "acme", "arc": "a.zip", "sha": "0", "nam": "a.zip"}
    ours = Signer(read_secret(spark.world.settings.signing_file), issuer="graphferry")
    forged = [
        Signer(b"another secret of thirty-two by.", issuer="graphferry").sign(Purpose.FILE, claims, seconds=60),
        ours.sign(Purpose.ACCESS, claims, seconds=60),
        ours.sign(Purpose.FILE, claims, seconds=-11),
        link.removeprefix("/files/")[:-2],
        "x",
    ]
    for token in forged:
        await refusal(await spark.client.get(f"/files/{token}"), 404, "NOT_FOUND")


async def test_a_file_deleted_or_given_anew_is_not_served(spark: Spark, link: str) -> None:
    archive = spark.only_job().archive
    assert archive is not None
    spark.world.archives.put("acme", archive.name, b"another content")
    await refusal(await spark.client.get(link), 404, "ARCHIVE_UNKNOWN")
    await spark.world.archives.delete("acme", archive.name)
    await refusal(await spark.client.get(link), 404, "ARCHIVE_UNKNOWN")


async def test_any_gateway_serves_the_links_of_the_others(spark: Spark, link: str, start_gateway: StartGateway) -> None:
    other = replace(spark, client=await start_gateway(spark.world.resources()))
    assert (await other.client.get(link)).status == 200


async def test_links_stay_out_of_the_log(spark: Spark, link: str) -> None:
    with capture_logs() as lines:
        await (await spark.client.get(link)).read()
        # An answer is out before its line is written, yet a connection's next request is taken after that.
        await spark.client.get("/livez")
    assert next(line["path"] for line in lines if "path" in line) == "/files/{token}"
    assert link not in str(lines)


async def test_the_audit_log_tells_whose_link_took_what(spark: Spark, link: str) -> None:
    await (await spark.client.get(link)).read()
    await spark.client.get("/livez")
    told = spark.world.audit.entries[-1]
    assert (told.action, told.tenant, told.user, told.status) == ("spark.file", "acme", "admin", 200)
    assert told.target.startswith("tenant=acme name=MyApp-")
