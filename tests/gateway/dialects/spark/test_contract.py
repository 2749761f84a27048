"""The contract of the platform's SDK and scripts, field by field: names, order, types, defaults, statuses, errors."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import pytest

from shared.jobs.record import Status
from tests.gateway.conftest import Client, World
from tests.gateway.dialects.spark.conftest import BASE, Spark, read, refusal
from tests.support.archives.small import make_archive

HEAD = ["object", "id", "response_timestamp", "status", "status_url", "process_time", "outputs", "errors", "warnings"]
HEAD += ["source_system", "correlation_id"]
SERVICE = ["service_uri_source", "folder_source", "service_source", "service_id_source"]
VERSION = ["service_uri_source", "folder_source", "service_source", "version_source", "service_id_source"]
VERSION += ["version_id_source"]
ARRIVED = ["service_uri_destination", "folder_destination", "service_destination", "service_id_destination", "status"]
ARRIVED_VERSION = ["service_uri_destination", "folder_destination", "service_destination", "version_destination"]
ARRIVED_VERSION += ["service_id_destination", "version_id_destination", "status"]
DATA = ["response_timestamp", "created_by", "created_timestamp", "updated_timestamp", "process_time"]
ARCHIVE = make_archive("App")
ENTITY = {
    "inputs": {"services_modify": [{"service_uri_source": "source/App", "service_uri_destination": "target/App"}]}
}


def require_head(body: dict[str, Any], kind: str, status: Status) -> None:
    assert list(body) == [*HEAD, "progress"]
    assert body["object"] == kind
    assert isinstance(body["id"], str)
    assert body["response_timestamp"].endswith("Z")
    assert datetime.fromisoformat(body["response_timestamp"]).tzinfo is not None
    assert body["status"] == status
    assert body["status_url"].startswith("https://")
    assert body["status_url"].endswith(f"{BASE}/{kind}/{body['id']}/status")
    assert isinstance(body["process_time"], float)
    assert list(body["outputs"]) == ["files", "services", "service_versions"]
    assert all(isinstance(each, list) for each in body["outputs"].values())
    assert body["errors"] is None
    assert body["warnings"] == []


async def test_a_new_job(spark: Spark) -> None:
    export = await read(await spark.export(services=["source/Shop"], source_system="", correlation_id=456))
    require_head(export, "export", Status.CREATED)
    assert export["outputs"] == {"files": [], "services": [], "service_versions": []}
    assert (export["source_system"], export["correlation_id"]) == ("", "456")
    import_ = await read(await spark.import_({**ENTITY, "queue": True, "correlation_id": None}, ARCHIVE))
    require_head(import_, "import", Status.CREATED)
    assert import_["outputs"] == {"files": [], "services": [], "service_versions": []}
    assert (import_["source_system"], import_["correlation_id"]) == (None, None)


async def test_a_closed_export(spark: Spark) -> None:
    body = await spark.export_whole(services=["source/Shop", "source/MyApp"])
    require_head(body, "export", Status.CLOSED)
    outputs = body["outputs"]
    assert [list(each) for each in outputs["files"]] == [["file", "file_hash"]]
    assert outputs["files"][0]["file"].startswith("https://")
    assert outputs["files"][0]["file_hash"] == hashlib.sha256(await spark.download(body)).hexdigest()
    assert [list(each) for each in outputs["services"]] == [SERVICE] * 2
    assert [each["service_uri_source"] for each in outputs["services"]] == ["source/MyApp", "source/Shop"]
    assert [list(each) for each in outputs["service_versions"]] == [VERSION] * 4
    assert [each["service_uri_source"] for each in outputs["service_versions"]] == [
        "source/MyApp[2.1.0]",
        "source/Shop[3.2.0]",
        "source/Shop[3.2.1]",
        "source/Shop[3.20.0]",
    ]
    assert all(
        each["service_uri_source"] == f"{each['folder_source']}/{each['service_source']}[{each['version_source']}]"
        for each in outputs["service_versions"]
    )


async def test_the_file_of_an_export(spark: Spark, client: Client) -> None:
    body = await spark.export_whole(services=["source/MyApp"])
    path = body["outputs"]["files"][0]["file"].removeprefix("https://ferry.example/base")
    for headers in ({}, spark.world.as_("admin"), {"Authorization": "Bearer no"}):
        answer = await client.get(path, headers=headers, allow_redirects=False)
        assert answer.status == 200
        assert "package.zip" in answer.headers["Content-Disposition"]
        assert answer.headers["ETag"]
    part = await client.get(path, headers={"Range": "bytes=0-3"})
    assert (part.status, await part.read()) == (206, b"PK\x03\x04")


async def test_a_closed_import(spark: Spark) -> None:
    archive = await spark.download(await spark.export_whole(services=["source/Shop"]))
    row = {"service_uri_source": "source/Shop", "service_uri_destination": "target/New"}
    body = await spark.import_whole({"inputs": {"services_modify": [row]}, "services_existing": ""}, archive)
    require_head(body, "import", Status.CLOSED)
    outputs = body["outputs"]
    assert outputs["files"] == []
    assert [list(each) for each in outputs["services"]] == [SERVICE + ARRIVED]
    assert [list(each) for each in outputs["service_versions"]] == [VERSION + ARRIVED_VERSION] * 3
    assert outputs["services"][0]["service_uri_destination"] == "target/New"
    assert [each["service_uri_destination"] for each in outputs["service_versions"]] == [
        "target/New[3.2.0]",
        "target/New[3.2.1]",
        "target/New[3.20.0]",
    ]
    assert {each["status"] for each in outputs["services"] + outputs["service_versions"]} == {"added"}


@pytest.mark.parametrize(
    ("existing", "told"),
    [("replace", "replaced"), ("add_version", "version_added"), ("update", "version_added"), ("skip", "skipped")],
)
async def test_what_becomes_of_services_that_are_there(spark: Spark, existing: str, told: str) -> None:
    await spark.import_whole(ENTITY, ARCHIVE)
    body = await spark.import_whole({**ENTITY, "services_existing": existing}, ARCHIVE)
    assert [each["status"] for each in body["outputs"]["services"]] == [told]
    assert [each["status"] for each in body["outputs"]["service_versions"]] == [told]


@pytest.mark.parametrize("existing", [{}, {"services_existing": "abort"}, {"services_existing": None}])
async def test_services_that_are_there_are_left_alone(spark: Spark, existing: dict[str, Any]) -> None:
    await spark.import_whole(ENTITY, ARCHIVE)
    await refusal(await spark.import_({**ENTITY, **existing}, ARCHIVE), 409, "APPLICATION_EXISTS")


@pytest.mark.parametrize("kind", ["export", "import"])
async def test_a_listing(spark: Spark, kind: str) -> None:
    if kind == "export":
        await spark.export_whole(services=["source/MyApp"])
        await read(await spark.export(services=["source/MyApp"]))
    else:
        await spark.import_whole(ENTITY, ARCHIVE)
        await read(await spark.import_({**ENTITY, "services_existing": "skip"}, ARCHIVE))
    body = await read(await spark.send("GET", f"{kind}/status"))
    assert list(body) == [f"in_progress_{kind}s", f"recent_{kind}s", "tenant"]
    for rows, status in ((body[f"in_progress_{kind}s"], "created"), (body[f"recent_{kind}s"], "closed")):
        (row,) = rows
        assert list(row) == ["object", "id", "data"]
        assert row["object"] == kind
        assert list(row["data"]) == [f"{kind}_status", *DATA]
        assert row["data"][f"{kind}_status"] == status
        assert row["data"]["created_by"] == "admin"
        for each in DATA[0], DATA[2], DATA[3]:
            assert datetime.fromisoformat(row["data"][each]).tzinfo is not None
        assert isinstance(row["data"]["process_time"], float)
    assert body["tenant"] == {
        "configuration": {f"{kind}_api_job_limit": 1},
        "status": {f"{kind}_api_jobs_in_progress": 1},
    }


async def test_cancelling(spark: Spark) -> None:
    job = await read(await spark.export(services=["source/MyApp"]))
    path, cancelled = f"export/{job['id'].upper()}", {"export_status": "cancelled"}
    for _ in range(2):
        body = await read(await spark.send("PATCH", path, cancelled))
        assert (body["id"], body["status"], body["errors"]) == (job["id"], "cancelled", None)
    await refusal(await spark.send("PATCH", path, {"export_status": "closed"}), 400, "INVALID_REQUEST")
    await refusal(await spark.send("PATCH", f"import/{job['id']}", {"import_status": "cancelled"}), 404, "JOB_UNKNOWN")
    closed = await spark.export_whole(services=["source/MyApp"])
    await refusal(await spark.send("PATCH", f"export/{closed['id']}", cancelled), 409, "JOB_NOT_CANCELLABLE")


async def test_errors(spark: Spark) -> None:
    body = await refusal(await spark.send("GET", "export/none/status"), 400, "INVALID_JOB_ID")
    assert list(body) == ["type", "code", "message", "details"]
    assert all(isinstance(body[each], str) for each in ("type", "code", "message"))
    await refusal(await spark.send("GET", f"export/{'0' * 8}-0000-7000-8000-{'0' * 12}/status"), 404, "JOB_UNKNOWN")
    await refusal(await spark.import_(ENTITY, b"no archive"), 422, "INVALID_IMPORT_ZIP")
    running = await read(await spark.export(services=["source/MyApp"]))
    busy = await refusal(await spark.export(services=["source/MyApp"]), 409, "JOB_LIMIT_REACHED")
    assert (busy["job_id"], busy["status_url"]) == (running["id"], running["status_url"])
    await read(await spark.export(services=["source/MyApp"], queue=True))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"inputs": {}}, 400),
        ({"inputs": {"folders": [], "services": [], "version_ids": []}}, 400),
        ({"inputs": {"folders": "source"}}, 400),
        ({"inputs": {"services": ["source/MyApp"]}, "file_filter": "some"}, 400),
        ({"inputs": {"services": ["source/MyApp"]}, "version_filter": "newest"}, 400),
        ({"inputs": {"services": ["source/Shop[3.2]"]}, "version_filter": "latest"}, 400),
        ({"inputs": {"folders": ["target"]}}, 400),
        ({"inputs": {"services": ["source/None"]}}, 404),
        ({"inputs": {"services": ["source/Shop[3.3]"]}}, 404),
        ({"inputs": {"version_ids": ["none"]}}, 404),
        ({"inputs": {"folders": ["private"]}}, 404),
    ],
)
async def test_exports_that_are_refused(spark: Spark, body: dict[str, Any], status: int) -> None:
    answer = await read(await spark.send("POST", "export", body), status)
    assert list(answer) == ["type", "code", "message", "details"]


@pytest.mark.parametrize(
    "entity",
    [
        {},
        {"inputs": {}},
        {"inputs": {"services_modify": []}},
        {"inputs": {"services_modify": [{}]}},
        {**ENTITY, "services_existing": "merge"},
        {"inputs": {"services_modify": [{"service_uri_source": "source/None"}]}},
        {"inputs": {"services_modify": [{"service_uri_source": "source/App", "update_version_type": "huge"}]}},
    ],
)
async def test_imports_that_are_refused(spark: Spark, entity: dict[str, Any]) -> None:
    await refusal(await spark.import_(entity, ARCHIVE), 400, "INVALID_REQUEST")


async def test_paths_and_tenants(spark: Spark, client: Client, world: World) -> None:
    admin = world.as_("admin")
    environment = f"/{world.settings.environment}{BASE}"
    assert (await client.get(f"{environment}/export/status", headers=admin)).status == 200
    assert (await client.get(f"/else{BASE}/export/status", headers=admin)).status == 404
    assert (await client.get("/globex/api/v4/export/status", headers=admin)).status == 404
    mismatch = await client.get(f"{BASE}/export/status", headers={**admin, "x-tenant-name": "globex"})
    await refusal(mismatch, 400, "TENANT_MISMATCH")
    assert (await client.get(f"{BASE}/export/status", headers={"Authorization": "Bearer None"})).status == 401
    job = await read(await spark.export(services=["source/MyApp"]))
    for caller, status in (("supervisor", 200), ("user", 404), ("stranger", 404)):
        answer = await client.get(f"{BASE}/export/{job['id']}/status", headers=world.as_(caller))
        assert answer.status == status


async def test_a_token(client: Client, world: World) -> None:
    form = {"grant_type": "client_credentials", "client_id": "admin", "client_secret": world.keys["admin"]}
    body = await read(await client.post("/auth/realms/acme/protocol/openid-connect/token", data=form))
    assert list(body) == ["access_token", "expires_in", "token_type"]
    assert [type(each) for each in body.values()] == [str, int, str]
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    assert (await client.get(f"{BASE}/export/status", headers=headers)).status == 200
