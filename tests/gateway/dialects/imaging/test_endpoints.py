"""The imaging surface answers to the letter."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from aiohttp import ClientResponse

from shared.jobs.record import JobKind, Surface
from shared.jobs.requests import ApplicationReference, ConflictAction, ExportRequest, ImportRequest
from tests.gateway.conftest import Client, World
from tests.support.archives.small import make_archive

BASE = "/imaging/etl/api"
EXPORT = {"database": "source", "export_app": "MyApp"}
ARCHIVE, TWO = make_archive("MyApp"), make_archive("One", "Two")
IMPORT = {"import_app": "MyApp.zip", "database": "target"}


@pytest.fixture
def world(world: World) -> World:
    world.archives.put("acme", "MyApp.zip", ARCHIVE)
    return world


async def post(client: Client, world: World, verb: str, body: object, caller: str = "admin") -> ClientResponse:
    return await client.post(f"{BASE}/app/{verb}", json=body, headers=world.as_(caller))


async def error_of(response: ClientResponse, status: int) -> dict[str, Any]:
    assert response.status == status
    assert response.content_type == "application/json"
    body = await response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "details"}
    assert isinstance(body["error"]["details"], list)
    error: dict[str, Any] = body["error"]
    return error


async def test_an_export_is_accepted(client: Client, world: World) -> None:
    response = await post(client, world, "export", {**EXPORT, "batch_size": 500}, "user")
    assert response.status == 200
    body = await response.json()
    job = await world.jobs.get(body["success"]["uuid"])
    assert body == {"success": {"uuid": job.id, "logFile": f"{job.id}.jsonl"}}
    assert response.headers["Location"] == f"https://ferry.example/base/api/v1/jobs/{job.id}"
    assert response.headers["Link"] == f'<https://ferry.example/base/api/v1/jobs/{job.id}/log>; rel="log"'
    assert uuid.UUID(job.id).version == 7
    assert (job.tenant, job.created_by, job.kind, job.surface) == ("acme", "user", JobKind.EXPORT, Surface.IMAGING)
    assert job.deadline_seconds == 24 * 3600
    assert isinstance(job.request, ExportRequest)
    assert re.fullmatch(r"MyApp-\d{8}-\d{6}\.zip", job.request.archive_name)
    assert job.request.applications == (ApplicationReference(name="MyApp"),)
    assert job.request.batch_size == 500


async def test_an_import_is_accepted(client: Client, world: World) -> None:
    response = await post(client, world, "import", {**IMPORT, "import_as": "Other", "on_conflict": "skip"}, "importer")
    assert response.status == 200
    body = await response.json()
    job = await world.jobs.get(body["success"]["uuid"])
    assert body == {"success": {"uuid": job.id, "logFile": f"{job.id}.jsonl"}}
    assert response.headers["Location"].endswith(job.id)
    assert 'rel="log"' in response.headers["Link"]
    assert job.request == ImportRequest(
        database="target",
        archive_name="MyApp.zip",
        batch_size=1000,
        import_as="Other",
        on_conflict=ConflictAction.SKIP,
    )


@pytest.mark.parametrize("sent", [{}, {"batch_size": 0}, {"batch_size": None}])
async def test_no_batch_size_means_a_thousand(client: Client, world: World, sent: dict[str, Any]) -> None:
    for verb, body in (("export", EXPORT), ("import", IMPORT)):
        response = await post(client, world, verb, {**body, **sent})
        job = await world.jobs.get((await response.json())["success"]["uuid"])
        assert isinstance(job.request, ExportRequest | ImportRequest)
        assert job.request.batch_size == 1000


@pytest.mark.parametrize("value", [50_001, -1, True, "1000", 1.5, 10**30, [1]])
async def test_a_wrong_batch_size_is_refused(client: Client, world: World, value: object) -> None:
    for verb, body in (("export", EXPORT), ("import", IMPORT)):
        error = await error_of(await post(client, world, verb, {**body, "batch_size": value}), 400)
        assert error["code"] == "INVALID_REQUEST"
        assert [detail.partition(":")[0] for detail in error["details"]] == ["batch_size"]
    assert world.jobs.jobs == {}


async def test_the_largest_batch_size_is_accepted(client: Client, world: World) -> None:
    assert (await post(client, world, "export", {**EXPORT, "batch_size": 50_000})).status == 200


async def test_all_errors_come_at_once_each_with_its_path(client: Client, world: World) -> None:
    error = await error_of(await post(client, world, "export", {"export_app": 7, "batch_size": "x"}), 400)
    assert [detail.partition(":")[0] for detail in error["details"]] == ["database", "export_app", "batch_size"]
    assert all(detail in error["message"] for detail in error["details"])
    wanted = {"database": "", "on_conflict": "perhaps"}
    error = await error_of(await post(client, world, "import", wanted), 400)
    assert [detail.partition(":")[0] for detail in error["details"]] == ["import_app", "database", "on_conflict"]


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b'{"database": NaN}', b'"\\ud800"', b"[" * 4000])
async def test_malformed_json_is_refused(client: Client, world: World, body: bytes) -> None:
    for verb in ("export", "import"):
        response = await client.post(f"{BASE}/app/{verb}", data=body, headers=world.as_("admin"))
        assert (await error_of(response, 400))["code"] == "INVALID_JSON"


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"1"])
async def test_json_that_is_no_object_is_refused(client: Client, world: World, body: bytes) -> None:
    response = await client.post(f"{BASE}/app/export", data=body, headers=world.as_("admin"))
    assert (await error_of(response, 400))["code"] == "INVALID_REQUEST"


async def test_the_content_type_does_not_matter(client: Client, world: World) -> None:
    headers = {**world.as_("admin"), "Content-Type": "text/plain; charset=latin-1"}
    response = await client.post(
        f"{BASE}/app/export", data=b'{"database":"source","export_app":"MyApp"}', headers=headers
    )
    assert response.status == 200


async def test_unknown_fields_are_passed_over(client: Client, world: World) -> None:
    assert (await post(client, world, "export", {**EXPORT, "more": 1})).status == 200


async def test_a_large_body_is_refused(client: Client, world: World) -> None:
    error = await error_of(await post(client, world, "export", {**EXPORT, "more": "x" * 5000}), 413)
    assert error["code"] == "TOO_LARGE"
    assert "4096" in error["message"]


async def test_a_compressed_body_is_refused(client: Client, world: World) -> None:
    headers = {**world.as_("admin"), "Content-Encoding": "gzip"}
    response = await client.post(f"{BASE}/app/export", data=b"\x1f\x8b", headers=headers)
    assert (await error_of(response, 415))["code"] == "UNSUPPORTED_ENCODING"


@pytest.mark.parametrize("database", ["nowhere", "private", "lost", "sourc\x00e"])
async def test_an_unknown_database_is_named_with_the_known_ones(client: Client, world: World, database: str) -> None:
    for verb, body in (("export", EXPORT), ("import", IMPORT)):
        error = await error_of(await post(client, world, verb, {**body, "database": database}), 404)
        assert error["code"] == "DATABASE_UNKNOWN"
        assert repr(database) in error["message"]
        assert "source, target" in error["message"]


async def test_an_unknown_application_is_named(client: Client, world: World) -> None:
    error = await error_of(await post(client, world, "export", {**EXPORT, "export_app": "Nö`App"}), 404)
    assert error["code"] == "APPLICATION_UNKNOWN"
    assert "'Nö`App'" in error["message"]


async def test_a_bare_label_can_be_exported(client: Client, world: World) -> None:
    world.databases["source"].add_node(["Bare", "Object"])
    assert (await post(client, world, "export", {**EXPORT, "export_app": "Bare"})).status == 200


async def test_a_missing_file_is_named(client: Client, world: World) -> None:
    error = await error_of(await post(client, world, "import", {**IMPORT, "import_app": "none.zip"}), 404)
    assert error == {"code": "ARCHIVE_UNKNOWN", "message": "file 'none.zip' not found", "details": []}


async def test_an_archives_ending_may_have_any_letter_case(client: Client, world: World) -> None:
    world.archives.put("acme", "UPPER.ZIP", ARCHIVE)
    assert (await post(client, world, "import", {**IMPORT, "import_app": "UPPER.ZIP"})).status == 200


@pytest.mark.parametrize("name", ["../MyApp.zip", "MyApp", "a\\b.zip", "/etc/passwd", "x" * 300 + ".zip"])
async def test_an_unsafe_file_name_is_refused(client: Client, world: World, name: str) -> None:
    error = await error_of(await post(client, world, "import", {**IMPORT, "import_app": name}), 400)
    assert error["code"] == "INVALID_FILE_NAME"


async def test_a_text_file_named_zip_is_refused(client: Client, world: World) -> None:
    world.archives.put("acme", "text.zip", b"just text")
    error = await error_of(await post(client, world, "import", {**IMPORT, "import_app": "text.zip"}), 422)
    assert error["code"] == "INVALID_ARCHIVE"
    assert "text.zip" in error["message"]
    assert world.jobs.jobs == {}


@pytest.mark.parametrize("named", [{}, {"import_as": "MyApp"}])
async def test_an_application_that_exists_is_refused_with_both_ways_out(
    client: Client, world: World, named: dict[str, str]
) -> None:
    body = {"import_app": "MyApp.zip", "database": "source", **named}
    error = await error_of(await post(client, world, "import", body), 409)
    assert error["code"] == "APPLICATION_EXISTS"
    assert "Application already exists" in error["message"]
    assert "delete it" in error["message"]
    assert "under another name" in error["message"]


async def test_several_applications_are_not_imported_under_one_name(client: Client, world: World) -> None:
    world.archives.put("acme", "two.zip", TWO)
    body = {"import_app": "two.zip", "database": "target", "import_as": "Three"}
    error = await error_of(await post(client, world, "import", body), 400)
    assert "'One', 'Two'" in error["message"]
    assert (await post(client, world, "import", {"import_app": "two.zip", "database": "target"})).status == 200


@pytest.mark.parametrize("name", ["a\0b", "_FerryImport"])
async def test_names_that_no_label_has_are_refused(client: Client, world: World, name: str) -> None:
    error = await error_of(await post(client, world, "import", {**IMPORT, "import_as": name}), 400)
    assert "Application name" in error["message"]


async def test_whether_it_exists_is_left_open_while_a_job_touches_it(client: Client, world: World) -> None:
    await post(client, world, "export", EXPORT)
    body = {"import_app": "MyApp.zip", "database": "source", "import_as": "MyApp"}
    assert (await post(client, world, "import", body)).status == 200


async def test_a_job_that_touches_another_application_leaves_nothing_open(client: Client, world: World) -> None:
    world.databases["source"].add_node(["Other", "Object"])
    await post(client, world, "export", {**EXPORT, "export_app": "Other"})
    body = {"import_app": "MyApp.zip", "database": "source", "import_as": "MyApp"}
    await error_of(await post(client, world, "import", body), 409)


@pytest.mark.parametrize("action", ["skip", "overwrite"])
async def test_other_actions_on_conflict_are_accepted(client: Client, world: World, action: str) -> None:
    body = {"import_app": "MyApp.zip", "database": "source", "import_as": "MyApp", "on_conflict": action}
    assert (await post(client, world, "import", body)).status == 200


@pytest.mark.parametrize("caller", ["user", "supervisor"])
async def test_an_import_needs_its_role(client: Client, world: World, caller: str) -> None:
    error = await error_of(await post(client, world, "import", IMPORT, caller), 403)
    assert error["code"] == "FORBIDDEN"


async def test_to_overwrite_needs_an_administrator(client: Client, world: World) -> None:
    body = {**IMPORT, "on_conflict": "overwrite"}
    await error_of(await post(client, world, "import", body, "importer"), 403)
    assert (await post(client, world, "import", body, "admin")).status == 200


async def test_another_tenants_file_is_not_found(client: Client, world: World) -> None:
    body = {"import_app": "MyApp.zip", "database": "private"}
    error = await error_of(await post(client, world, "import", body, "stranger"), 404)
    assert error["message"] == "file 'MyApp.zip' not found"


async def test_a_busy_tenant_queues_until_the_queue_is_full(client: Client, world: World) -> None:
    answers = [await post(client, world, "export", EXPORT) for _ in range(27)]
    assert [answer.status for answer in answers] == [200] * 26 + [503]
    error = await error_of(answers[-1], 503)
    assert error["code"] == "QUEUE_FULL"
    assert "could not be queued" in error["message"]
    assert answers[-1].headers["Retry-After"] == "5"
    ids = [(await answer.json())["success"]["uuid"] for answer in answers[:-1]]
    assert [job.id for job in await world.jobs.list_waiting("acme")] == ids[1:]


async def test_errors_of_the_path_have_the_same_form(client: Client, world: World) -> None:
    assert (await error_of(await client.get(f"{BASE}/nothing"), 404))["code"] == "NOT_FOUND"
    response = await client.get(f"{BASE}/app/export")
    assert (await error_of(response, 405))["code"] == "METHOD_NOT_ALLOWED"
    assert response.headers["Allow"] == "POST"


async def test_no_credentials_are_answered_in_the_same_form(client: Client) -> None:
    response = await client.post(f"{BASE}/app/export", json=EXPORT)
    assert (await error_of(response, 401))["code"] == "UNAUTHENTICATED"
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
