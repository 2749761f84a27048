"""What may be exported, how it is named, what is refused before a job is accepted."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from typing_extensions import override

from gateway.dialects.spark import fitting
from shared.archive.limits import ArchiveLimits
from shared.archive.writing.estimate import estimate_bytes
from shared.catalogue import CatalogueEntry, service_id_of, version_id_of
from shared.errors import DatabaseUnavailableError
from shared.graph import GraphSample
from shared.jobs.record import JobKind, Surface
from shared.jobs.requests import ApplicationReference, ExportRequest, FileFilter, ImportRequest
from tests.gateway.conftest import StartGateway
from tests.gateway.dialects.spark.conftest import BASE, Spark, read, refusal
from tests.support.archives.small import make_archive
from tests.support.memory.graph.source import MemorySource

SHOP = service_id_of("source", "Shop")
SHOP_321 = version_id_of("source", "Shop", "3.2.1")
ARCHIVE = make_archive("MyApp")


def chosen(spark: Spark) -> list[str]:
    request = spark.only_job().request
    assert isinstance(request, ExportRequest)
    return [f"{each.database}/{each.name}[{each.version}]" for each in request.applications]


ALL = ["source/Shop[3.2.0]", "source/Shop[3.2.1]", "source/Shop[3.20.0]"]
MY_APP = "source/MyApp[2.1.0]"


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"services": ["source/MyApp"]}, [MY_APP]),
        ({"services": ["folders/source/services/MyApp"]}, [MY_APP]),
        ({"services": ["source/Shop"]}, ALL),
        ({"services": ["source/Shop"], "version_filter": "all"}, ALL),
        ({"services": ["source/Shop"], "version_filter": "latest"}, ALL[2:]),
        ({"services": ["source/Shop[3.2]"]}, [ALL[1]]),
        ({"services": ["source/Shop[3]"]}, [ALL[2]]),
        ({"services": ["source/Shop[3.2.0]"]}, [ALL[0]]),
        ({"services": ["source/Shop[]"], "version_filter": "latest"}, [ALL[2]]),
        ({"services": [SHOP]}, ALL),
        ({"services": [f"service/{SHOP}"], "version_filter": "latest"}, [ALL[2]]),
        ({"services": [f"version/{SHOP_321}"]}, [ALL[1]]),
        ({"version_ids": [SHOP_321]}, [ALL[1]]),
        ({"services": [SHOP.upper()]}, ALL),
        ({"services": [f"version/{SHOP_321.upper()}"]}, [ALL[1]]),
        ({"version_ids": [SHOP_321.upper()]}, [ALL[1]]),
        ({"folders": ["source"]}, [MY_APP, *ALL]),
        ({"folders": ["source"], "version_filter": "latest"}, [MY_APP, ALL[2]]),
        ({"services": ["source/Bare"]}, ["source/Bare[1.0.0]"]),
        ({"services": ["source/Bare[1.0]"]}, ["source/Bare[1.0.0]"]),
        ({"services": ["source/MyApp", "source/Shop[3.2]"], "version_ids": [SHOP_321]}, [MY_APP, ALL[1]]),
    ],
)
async def test_every_form_of_reference_selects(spark: Spark, inputs: dict[str, Any], expected: list[str]) -> None:
    await read(await spark.export(**inputs))
    assert chosen(spark) == expected


async def test_the_request_reaches_the_job_whole(spark: Spark) -> None:
    body = await read(
        await spark.export(
            services=["source/MyApp"],
            file_filter="onpremises",
            file_name="möved.zip",
            source_system="ci",
            correlation_id="c-1",
            caller="user",
        )
    )
    job = spark.only_job()
    assert (body["id"], job.kind, job.surface, job.created_by) == (job.id, JobKind.EXPORT, Surface.SPARK, "user")
    assert (job.source_system, job.correlation_id, job.deadline_seconds) == ("ci", "c-1", 900)
    assert isinstance(job.request, ExportRequest)
    assert (job.request.file_filter, job.request.file_name) == (FileFilter.ONPREMISES, "möved.zip")
    assert job.request.max_bytes == 200 * 1024**2
    assert job.request.archive_name.startswith("MyApp-")


@pytest.mark.parametrize("nothing", [None, ""])
async def test_null_and_the_empty_text_mean_absent(spark: Spark, nothing: str | None) -> None:
    fields = ("file_filter", "version_filter", "file_name", "source_system", "correlation_id", "queue", "folders")
    absent: dict[str, Any] = dict.fromkeys(fields, nothing)
    await read(await spark.export(services=["source/MyApp"], version_ids=None, **absent))
    request = spark.only_job().request
    assert isinstance(request, ExportRequest)
    assert (request.file_name, request.file_filter) == ("package.zip", FileFilter.MIGRATE)


@pytest.mark.parametrize("inputs", [{}, {"folders": []}, {"folders": [], "services": [], "version_ids": []}])
async def test_nothing_selected_is_refused(spark: Spark, inputs: dict[str, Any]) -> None:
    body = await refusal(await spark.export(**inputs), 400, "INVALID_REQUEST")
    assert "at least one of folders, services, version_ids" in body["message"]


async def test_all_that_is_wrong_with_a_body_is_said_at_once(spark: Spark) -> None:
    sent = {
        "inputs": {"folders": "source", "services": [""]},
        "file_filter": "some",
        "version_filter": 1,
        "file_name": "a/b.zip",
    }
    body = await refusal(await spark.send("POST", "export", sent), 400, "INVALID_REQUEST")
    paths = [detail.partition(":")[0] for detail in body["details"]]
    assert paths == ["inputs.folders", "inputs.services.0", "file_filter", "version_filter", "file_name"]
    await refusal(await spark.send("POST", "export", {}), 400, "INVALID_REQUEST")


@pytest.mark.parametrize("text", ["source/", "/", "///"])
async def test_what_is_no_reference_is_refused(spark: Spark, text: str) -> None:
    body = await refusal(await spark.export(services=[text, "source/MyApp", "/"]), 400, "INVALID_REQUEST")
    assert len(body["details"]) == 2


@pytest.mark.parametrize(
    "inputs", [{"services": ["source/Shop[3.2]"]}, {"services": [f"version/{SHOP_321}"]}, {"version_ids": [SHOP_321]}]
)
async def test_latest_goes_with_no_named_version(spark: Spark, inputs: dict[str, Any]) -> None:
    response = await spark.export(**inputs, version_filter="latest")
    body = await refusal(response, 400, "INVALID_REQUEST")
    assert "'latest'" in body["message"]
    assert spark.world.jobs.jobs == {}


async def test_all_that_is_not_there_is_named(spark: Spark) -> None:
    response = await spark.export(
        folders=["source", "nowhere", "private"],
        services=["source/Missing", "source/Shop[9]", "nowhere/X", "no-id", "version/no-version"],
        version_ids=["no-such"],
    )
    body = await refusal(response, 404, "NOT_FOUND")
    assert body["details"] == [
        "folder 'nowhere'",
        "folder 'private'",
        "service 'source/Missing'",
        "version 'source/Shop[9]'",
        "service 'nowhere/X'",
        "service 'no-id'",
        "version 'version/no-version'",
        "version 'no-such'",
    ]
    assert all(each in body["message"] for each in body["details"])


async def test_a_folder_without_a_service_is_refused(spark: Spark) -> None:
    body = await refusal(await spark.export(folders=["source", "target"]), 400, "INVALID_REQUEST")
    assert "'target'" in body["message"]


async def test_names_with_brackets_or_slashes_are_found_whole(spark: Spark) -> None:
    for name in ("list[int]", "a/b/c"):
        spark.world.databases["source"].add_node(["Application"], {"Name": name, "Label": name, "Version": "1.0.0"})
    await read(await spark.export(services=["source/list[int]", "source/a/b/c[1.0]"]))
    assert chosen(spark) == ["source/a/b/c[1.0.0]", "source/list[int][1.0.0]"]


async def test_several_folders_leave_together(spark: Spark) -> None:
    spark.world.databases["target"].add_node(["Application"], {"Name": "Far", "Label": "Far"})
    await read(await spark.export(folders=["target"], services=["source/MyApp"]))
    assert chosen(spark) == [MY_APP, "target/Far[1.0.0]"]


async def test_one_name_in_two_folders_is_refused(spark: Spark) -> None:
    spark.world.databases["target"].add_node(["Application"], {"Name": "MyApp", "Label": "MyApp"})
    body = await refusal(await spark.export(services=["source/MyApp", "target/MyApp"]), 400, "INVALID_REQUEST")
    assert "two folders" in body["message"]


@pytest.mark.parametrize("changes", [{"import_as": "MyApp"}, {}])
async def test_a_service_that_is_being_imported_is_refused(spark: Spark, changes: dict[str, Any]) -> None:
    spark.world.archives.put("acme", "in.zip", ARCHIVE)
    body = {"import_app": "in.zip", "database": "source", "on_conflict": "skip", **changes}
    response = await spark.client.post("/imaging/etl/api/app/import", json=body, headers=spark.world.as_("admin"))
    job_id = (await read(response))["success"]["uuid"]
    assert isinstance((await spark.world.jobs.get(job_id)).request, ImportRequest)
    refused = await refusal(await spark.export(services=["source/MyApp"], queue=True), 409, "SERVICE_NOT_READY")
    assert job_id in refused["message"]
    assert (await spark.export(services=["source/Shop"], queue=True)).status == 200


async def test_a_service_that_is_being_copied_is_refused(spark: Spark) -> None:
    body = {"from_database": "source", "to_database": "source", "applications": [{"name": "Shop", "import_as": "New"}]}
    response = await spark.client.post("/api/v1/copies", json=body, headers=spark.world.as_("admin"))
    job_id = (await response.json())["id"]
    spark.world.databases["source"].add_node(["New"])
    refused = await refusal(await spark.export(services=["source/New"], queue=True), 409, "SERVICE_NOT_READY")
    assert job_id in refused["message"]
    assert (await spark.export(services=["source/Shop"], queue=True)).status == 200


async def test_a_running_job_is_named(spark: Spark) -> None:
    first = await read(await spark.export(services=["source/MyApp"]))
    body = await refusal(await spark.export(services=["source/MyApp"]), 409, "JOB_LIMIT_REACHED")
    assert (body["job_id"], body["status_url"]) == (first["id"], first["status_url"])
    queued = await read(await spark.export(services=["source/MyApp"], queue=True))
    assert queued["status"] == "created"
    assert [job.id for job in await spark.world.jobs.list_waiting("acme")] == [queued["id"]]


async def test_what_cannot_fit_is_refused_with_estimate_and_limit(spark: Spark, start_gateway: StartGateway) -> None:
    database = spark.world.databases["source"]
    for number in range(2000):
        database.add_node(["Big"], {"name": f"number {number}", "hash": str(hash((number, "x")))})
    settings = spark.world.settings.model_copy(update={"spark_max_bytes": 5000})
    small = replace(spark, client=await start_gateway(replace(spark.world.resources(), settings=settings)))
    body = await refusal(await small.export(services=["source/Big"]), 413, "TOO_LARGE")
    assert "5000" in body["message"]
    assert (await small.export(services=["source/MyApp"])).status == 200
    request = spark.only_job().request
    assert isinstance(request, ExportRequest)
    assert request.applications == (ApplicationReference(name="MyApp", version="2.1.0", database="source"),)
    assert request.max_bytes == 5000


async def test_others_are_served_while_sizes_are_estimated(spark: Spark, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[int] = []

    def estimate(sample: GraphSample, limits: ArchiveLimits) -> int:
        used.append(threading.get_ident())
        return estimate_bytes(sample, limits)

    monkeypatch.setattr(fitting, "estimate_bytes", estimate)
    await read(await spark.export(services=["source/MyApp"]))
    assert used
    assert threading.get_ident() not in used


class Away(MemorySource):
    @override
    async def list_applications(self) -> Sequence[CatalogueEntry]:
        raise DatabaseUnavailableError("away")


async def test_only_databases_that_may_be_meant_are_asked(spark: Spark, start_gateway: StartGateway) -> None:
    resources = spark.world.resources()
    sources = {**resources.sources, "target": Away(spark.world.databases["target"])}
    partly = replace(spark, client=await start_gateway(replace(resources, sources=sources)))
    await read(await partly.export(folders=["source"], services=["source/MyApp"]))
    asking: list[dict[str, Any]] = [{"version_ids": [SHOP_321]}, {"services": [SHOP]}, {"folders": ["target"]}]
    for inputs in asking:
        await refusal(await partly.export(**inputs, queue=True), 503, "DATABASE_UNAVAILABLE")


async def test_a_busy_tenant_is_refused_before_databases_are_asked(spark: Spark, start_gateway: StartGateway) -> None:
    await read(await spark.export(services=["source/MyApp"]))
    resources = spark.world.resources()
    sources = {name: Away(data) for name, data in spark.world.databases.items()}
    away = replace(spark, client=await start_gateway(replace(resources, sources=sources)))
    await refusal(await away.export(services=["source/MyApp"]), 409, "JOB_LIMIT_REACHED")


async def test_the_path_names_tenant_and_environment(spark: Spark) -> None:
    async def post(path: str, **headers: str) -> Any:
        body = {"inputs": {"services": ["source/MyApp"]}, "queue": True}
        return await spark.client.post(path, json=body, headers={**spark.world.as_("admin"), **headers})

    plain = await read(await post(f"{BASE}/export", **{"x-tenant-name": "acme"}))
    assert plain["status_url"] == f"https://ferry.example/base/acme/api/v4/export/{plain['id']}/status"
    longer = await read(await post("/default/acme/api/v4/export"))
    assert longer["status_url"] == f"https://ferry.example/base/default/acme/api/v4/export/{longer['id']}/status"
    await refusal(await post("/elsewhere/acme/api/v4/export"), 404, "NOT_FOUND")
    await refusal(await post("/globex/api/v4/export"), 404, "NOT_FOUND")
    await refusal(await post(f"{BASE}/export", **{"x-tenant-name": "globex"}), 400, "TENANT_MISMATCH")
