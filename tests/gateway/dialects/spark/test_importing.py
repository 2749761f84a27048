"""What an import request must say, what it becomes, what is refused before a job is accepted."""

from __future__ import annotations

from typing import Any

import pytest

from shared.catalogue import service_id_of, version_id_of
from shared.jobs.record import JobKind, Surface
from shared.jobs.requests import ApplicationChoice, ConflictAction, ImportRequest, VersionStep
from tests.gateway.dialects.spark.conftest import Spark, read, refusal
from tests.support.archives.small import make_archive

ONE, TWO = make_archive("App"), make_archive("First", "Second")


def entity(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"inputs": {"services_modify": list(rows)}, **more}


def to_target(source: str = "source/App", name: str = "target/App", **more: Any) -> dict[str, Any]:
    return {"service_uri_source": source, "service_uri_destination": name, **more}


def request_of(spark: Spark) -> ImportRequest:
    request = spark.only_job().request
    assert isinstance(request, ImportRequest)
    return request


@pytest.fixture
async def shop(spark: Spark) -> bytes:
    """An archive of all versions of Shop."""
    content = await spark.download(await spark.export_whole(services=["source/Shop"]))
    spark.world.jobs.jobs.clear()
    return content


async def test_the_request_reaches_the_job_whole(spark: Spark) -> None:
    sent = entity(to_target(), source_system="ci", correlation_id="c-1")
    body = await read(await spark.import_(sent, ONE, caller="importer"))
    job = spark.only_job()
    assert (body["object"], body["id"], body["status"]) == ("import", job.id, "created")
    assert (job.kind, job.surface, job.database, job.created_by) == (
        JobKind.IMPORT,
        Surface.SPARK,
        "target",
        "importer",
    )
    assert (job.source_system, job.correlation_id, job.deadline_seconds) == ("ci", "c-1", 900)
    request = request_of(spark)
    assert request.choices == (ApplicationChoice(source_name="App", name="App"),)
    stored = await spark.world.archives.list_archives("acme")
    assert [(each.name, each.bytes) for each in stored] == [(request.archive_name, len(ONE))]


@pytest.mark.parametrize(
    ("existing", "action"),
    [
        (None, ConflictAction.FAIL),
        ("", ConflictAction.FAIL),
        ("abort", ConflictAction.FAIL),
        ("replace", ConflictAction.OVERWRITE),
        ("add_version", ConflictAction.ADD_VERSION),
        ("update", ConflictAction.ADD_VERSION),
        ("skip", ConflictAction.SKIP),
    ],
)
@pytest.mark.parametrize("step", [None, "major", "minor", "patch"])
async def test_what_is_done_with_existing_services(
    spark: Spark, existing: str | None, action: ConflictAction, step: str | None
) -> None:
    sent = entity(to_target(update_version_type=step), services_existing=existing)
    await read(await spark.import_(sent, ONE))
    (choice,) = request_of(spark).choices
    assert (choice.on_conflict, choice.version_step) == (action, VersionStep(step or "minor"))


async def test_what_scripts_leave_open_or_send_as_numbers(spark: Spark) -> None:
    row = {"service_uri_source": "source/App", "service_uri_destination": "", "update_version_type": ""}
    sent = entity(row, services_existing="", source_system="", correlation_id=456)
    told = await read(await spark.import_(sent, ONE))
    assert (told["source_system"], told["correlation_id"]) == ("", "456")
    assert request_of(spark).database == "source"


async def test_an_absent_destination_is_the_source(spark: Spark) -> None:
    for row in ({"service_uri_source": "source/App"}, to_target(name="source/App")):
        await read(await spark.import_(entity(row, services_existing="skip"), ONE))
        request = request_of(spark)
        assert (request.database, request.choices[0].name) == ("source", "App")
        await spark.work()
        spark.world.jobs.jobs.clear()


@pytest.mark.parametrize(
    ("source", "version"),
    [
        ("source/Shop", None),
        (service_id_of("source", "Shop"), None),
        ("source/Shop[3.2]", "3.2.1"),
        ("source/Shop[3]", "3.20.0"),
        (f"version/{version_id_of('source', 'Shop', '3.2.0')}", "3.2.0"),
    ],
)
async def test_every_form_of_reference_finds_its_part_of_the_archive(
    spark: Spark, shop: bytes, source: str, version: str | None
) -> None:
    await read(await spark.import_(entity(to_target(source, "target/Copy")), shop))
    assert request_of(spark).choices == (ApplicationChoice(source_name="Shop", source_version=version, name="Copy"),)


async def test_the_outputs_say_what_became_of_each(spark: Spark, shop: bytes) -> None:
    rows = (to_target("source/Shop[3.2.0]", "target/Copy"), to_target("source/Shop[3.2.1]", "target/Copy"))
    body = await spark.import_whole(entity(*rows), shop)
    assert (body["status"], body["errors"]) == ("closed", None)
    assert body["outputs"]["files"] == []
    assert body["outputs"]["services"] == [
        {
            "service_uri_source": "source/Shop",
            "folder_source": "source",
            "service_source": "Shop",
            "service_id_source": service_id_of("source", "Shop"),
            "service_uri_destination": "target/Copy",
            "folder_destination": "target",
            "service_destination": "Copy",
            "service_id_destination": service_id_of("target", "Copy"),
            "status": "added",
        }
    ]
    first, second = body["outputs"]["service_versions"]
    assert first == {
        "service_uri_source": "source/Shop[3.2.0]",
        "folder_source": "source",
        "service_source": "Shop",
        "version_source": "3.2.0",
        "service_id_source": service_id_of("source", "Shop"),
        "version_id_source": version_id_of("source", "Shop", "3.2.0"),
        "service_uri_destination": "target/Copy[3.2.0]",
        "folder_destination": "target",
        "service_destination": "Copy",
        "version_destination": "3.2.0",
        "service_id_destination": service_id_of("target", "Copy"),
        "version_id_destination": version_id_of("target", "Copy", "3.2.0"),
        "status": "added",
    }
    assert second["service_uri_destination"] == "target/Copy[3.2.1]"


async def test_existing_services_are_skipped_or_grow(spark: Spark) -> None:
    assert (await spark.import_whole(entity(to_target()), ONE))["outputs"]["services"][0]["status"] == "added"
    skipped = await spark.import_whole(entity(to_target(), services_existing="skip"), ONE)
    assert skipped["outputs"]["services"][0]["status"] == "skipped"
    grown = await spark.import_whole(entity(to_target(), services_existing="add_version"), ONE)
    assert grown["status"] == "closed", grown
    version = grown["outputs"]["service_versions"][0]
    assert (version["status"], version["version_source"], version["version_destination"]) == (
        "version_added",
        "1.0.0",
        "1.1.0",
    )


async def test_what_is_not_named_is_not_imported(spark: Spark) -> None:
    await spark.import_whole(entity(to_target("source/Second", "target/Second")), TWO)
    target = spark.world.resources().sources["target"]
    assert [each.name for each in await target.list_applications()] == ["Second"]


async def test_all_that_the_archive_lacks_is_named_with_what_it_holds(spark: Spark) -> None:
    rows = (to_target("source/App[7]"), to_target(), to_target("elsewhere/App"), to_target("version/none"))
    body = await refusal(await spark.import_(entity(*rows), ONE), 400, "INVALID_REQUEST")
    assert [each.split(": ")[0] for each in body["details"]] == [
        "inputs.services_modify.0",
        "inputs.services_modify.2",
        "inputs.services_modify.3",
    ]
    assert all("source/App[1.0.0]" in each for each in body["details"])
    await nothing_is_left(spark)


async def nothing_is_left(spark: Spark) -> None:
    assert spark.world.jobs.jobs == {}
    assert await spark.world.archives.list_archives("acme") == []


async def test_a_destination_must_be_a_folder_and_a_service(spark: Spark) -> None:
    for name in (
        "version/some-id",
        "some-id",
        "target/App[2.0]",
        "target/a\0b",
        "target/_FerryX",
    ):
        await refusal(await spark.import_(entity(to_target(name=name)), ONE), 400, "INVALID_REQUEST")
    for name in ("nowhere/App", "private/App"):
        await refusal(await spark.import_(entity(to_target(name=name)), ONE), 404, "DATABASE_UNKNOWN")
    await nothing_is_left(spark)


async def test_rows_must_not_contradict_each_other(spark: Spark) -> None:
    first = to_target("source/First", "target/First")
    for second in (
        first,
        to_target("source/First[1]", "target/Other"),
        to_target("source/Second", "target/First"),
    ):
        await refusal(await spark.import_(entity(first, second), TWO), 400, "INVALID_REQUEST")
    await nothing_is_left(spark)


async def test_all_goes_into_one_folder(spark: Spark) -> None:
    rows = (to_target("source/First", "target/First"), to_target("source/Second", "source/Second"))
    body = await refusal(await spark.import_(entity(*rows), TWO), 400, "SEVERAL_FOLDERS")
    assert "'source', 'target'" in body["message"]
    await nothing_is_left(spark)


@pytest.mark.parametrize("name", ["target/App", "target/Taken"])
async def test_the_upload_goes_with_its_job(spark: Spark, name: str) -> None:
    sent = await read(await spark.import_(entity(to_target(name=name)), ONE))
    if name == "target/Taken":
        spark.world.databases["target"].add_node(["Application"], {"Name": "Taken"})
    assert await spark.world.archives.list_archives("acme") != []
    await spark.work()
    ended = await spark.status("import", sent["id"])
    assert ended["status"] == ("closed" if name == "target/App" else "failed")
    assert await spark.world.archives.list_archives("acme") == []


async def test_a_service_that_exists_is_refused_where_nothing_else_is_said(spark: Spark) -> None:
    for existing in (None, "abort"):
        sent = entity(to_target(name="source/MyApp"), services_existing=existing)
        await refusal(await spark.import_(sent, ONE), 409, "APPLICATION_EXISTS")
    await nothing_is_left(spark)


async def test_an_import_needs_its_role(spark: Spark) -> None:
    await refusal(await spark.import_(entity(to_target()), ONE, caller="user"), 403, "FORBIDDEN")
    replacing = entity(to_target(), services_existing="replace")
    await refusal(await spark.import_(replacing, ONE, caller="importer"), 403, "FORBIDDEN")
    await nothing_is_left(spark)


async def test_what_is_no_archive_is_refused(spark: Spark) -> None:
    for content in (b"", b"just text", ONE[:-30]):
        body = await refusal(await spark.import_(entity(to_target()), content), 422, "INVALID_IMPORT_ZIP")
        assert "the uploaded file" in body["message"]
    await nothing_is_left(spark)


async def test_all_that_is_wrong_with_the_entity_is_said_at_once(spark: Spark) -> None:
    sent = entity({"update_version_type": "huge"}, services_existing="perhaps", correlation_id=[7])
    body = await refusal(await spark.import_(sent, ONE), 400, "INVALID_REQUEST")
    assert [each.partition(":")[0] for each in body["details"]] == [
        "correlation_id",
        "inputs.services_modify.0.service_uri_source",
        "inputs.services_modify.0.update_version_type",
        "services_existing",
    ]
    assert "abort, replace, add_version, update, skip" in body["details"][3]
    bodies: list[object] = [{}, {"inputs": None}, {"inputs": {}}, {"inputs": {"services_modify": []}}, []]
    for wrong in bodies:
        await refusal(await spark.import_(wrong, ONE), 400, "INVALID_REQUEST")
    await refusal(await spark.import_("{", ONE), 400, "INVALID_JSON")
    await nothing_is_left(spark)


async def test_a_refused_submission_leaves_no_archive(spark: Spark) -> None:
    running = await read(await spark.export(services=["source/MyApp"]))
    body = await refusal(await spark.import_(entity(to_target()), ONE), 409, "JOB_LIMIT_REACHED")
    assert (body["job_id"], body["status_url"]) == (running["id"], running["status_url"])
    assert await spark.world.archives.list_archives("acme") == []
    queued = await read(await spark.import_(entity(to_target(), queue=True), ONE))
    assert queued["status"] == "created"


async def test_versions_are_added_one_after_another(spark: Spark, shop: bytes) -> None:
    sent = entity(to_target("source/Shop", "target/Copy", update_version_type="major"), services_existing="add_version")
    first = await spark.import_whole(sent, shop)
    assert first["status"] == "closed", first
    second = await spark.import_whole(sent, shop)
    assert second["status"] == "closed", second
    assert [
        (each["version_source"], each["version_destination"], each["status"])
        for each in second["outputs"]["service_versions"]
    ] == [
        ("3.2.0", "4.0.0", "version_added"),
        ("3.2.1", "5.0.0", "version_added"),
        ("3.20.0", "6.0.0", "version_added"),
    ]
    (service,) = second["outputs"]["services"]
    assert (service["service_uri_destination"], service["status"]) == ("target/Copy", "version_added")


async def test_csv_for_the_bulk_importer_is_not_imported(spark: Spark) -> None:
    exported = await spark.export_whole(services=["source/MyApp"], file_filter="onpremises")
    content = await spark.download(exported)
    await refusal(await spark.import_(entity(to_target("source/MyApp")), content), 422, "INVALID_IMPORT_ZIP")
