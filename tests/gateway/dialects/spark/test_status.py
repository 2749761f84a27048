"""How a job's status, its cancelling, and the listings are answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.catalogue import service_id_of, version_id_of
from shared.jobs.events import Event
from shared.jobs.record import Failure, Job, Outcome, Phase, Progress, Status
from tests.gateway.dialects.spark.conftest import BASE, Spark, read, refusal

HEAD = [
    "object",
    "id",
    "response_timestamp",
    "status",
    "status_url",
    "process_time",
    "outputs",
    "errors",
    "warnings",
    "source_system",
    "correlation_id",
    "progress",
]
NOTHING: dict[str, list[Any]] = {"files": [], "services": [], "service_versions": []}
UNKNOWN = "01a2038b-0f42-700b-b8a1-47b5e23c6bdf"


async def start(spark: Spark, **more: Any) -> Job:
    body = await read(await spark.export(services=["source/MyApp"], **more))
    return await spark.world.jobs.get(body["id"])


def change(spark: Spark, job: Job, **changes: Any) -> None:
    spark.world.jobs.jobs[job.id] = replace(spark.world.jobs.jobs[job.id], **changes)


async def claim(spark: Spark, job: Job) -> Any:
    claimed = await spark.world.jobs.claim(Event(job_id=job.id, attempt=job.attempt), "nonce")
    assert claimed is not None
    return claimed


async def test_a_new_job_is_told_to_the_letter(spark: Spark) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    response = await spark.export(services=["source/MyApp"], source_system="ci", correlation_id=None)
    body = await read(response)
    job = spark.only_job()
    assert list(body) == HEAD
    assert body["response_timestamp"].endswith("Z")
    assert before <= datetime.fromisoformat(body["response_timestamp"]) <= datetime.now(UTC)
    url = f"https://ferry.example/base/acme/api/v4/export/{job.id}/status"
    assert response.headers["Location"] == url
    told = {key: body[key] for key in HEAD if key not in ("response_timestamp", "progress")}
    assert told == {
        "object": "export",
        "id": job.id,
        "status": "created",
        "status_url": url,
        "process_time": 0.0,
        "outputs": NOTHING,
        "errors": None,
        "warnings": [],
        "source_system": "ci",
        "correlation_id": None,
    }
    assert body["progress"]["phase"] == "waiting"


async def test_a_running_job_tells_its_progress(spark: Spark) -> None:
    job = await start(spark)
    claimed = await claim(spark, job)
    progress = Progress(
        phase=Phase.NODES, nodes_done=30, nodes_total=60, relationships_done=0, relationships_total=40, bytes_done=7
    )
    await spark.world.jobs.renew(claimed, progress)
    began = datetime.now(UTC) - timedelta(seconds=10)
    change(spark, job, started=began)
    body = await spark.status("export", job.id)
    assert (body["status"], body["outputs"]) == ("in_progress", NOTHING)
    assert 10 <= body["process_time"] < 12
    told = body["progress"]
    assert 2.5 <= told.pop("rate_per_second") <= 3.0
    assert 23 <= told.pop("seconds_remaining") <= 28
    assert datetime.fromisoformat(told.pop("started")) == began.replace(microsecond=began.microsecond // 1000 * 1000)
    assert told.pop("updated")
    assert told == {
        "phase": "nodes",
        "nodes_done": 30,
        "nodes_total": 60,
        "relationships_done": 0,
        "relationships_total": 40,
        "bytes_done": 7,
    }


async def test_a_closed_export_tells_its_outputs_sorted(spark: Spark) -> None:
    body = await spark.export_whole(services=["source/Shop", "source/MyApp"])
    assert (body["status"], body["errors"]) == ("closed", None)
    job = spark.only_job()
    assert job.archive is not None
    outputs = body["outputs"]
    assert [set(each) for each in outputs["files"]] == [{"file", "file_hash"}]
    assert outputs["files"][0]["file_hash"] == job.archive.sha256
    assert outputs["services"] == [
        {
            "service_uri_source": f"source/{name}",
            "folder_source": "source",
            "service_source": name,
            "service_id_source": service_id_of("source", name),
        }
        for name in ("MyApp", "Shop")
    ]
    versions = [("MyApp", "2.1.0"), ("Shop", "3.2.0"), ("Shop", "3.2.1"), ("Shop", "3.20.0")]
    assert outputs["service_versions"] == [
        {
            "service_uri_source": f"source/{name}[{version}]",
            "folder_source": "source",
            "service_source": name,
            "version_source": version,
            "service_id_source": service_id_of("source", name),
            "version_id_source": version_id_of("source", name, version),
        }
        for name, version in versions
    ]
    assert body["progress"]["seconds_remaining"] == 0.0


async def test_a_failed_job_tells_why(spark: Spark) -> None:
    job = await start(spark)
    failure = Failure(code="INVALID_ARCHIVE", message="why", details=("where",))
    outcome = Outcome(status=Status.FAILED, failure=failure)
    await spark.world.jobs.finish(await claim(spark, job), outcome)
    body = await spark.status("export", job.id)
    assert (body["status"], body["outputs"]) == ("failed", NOTHING)
    assert body["errors"] == [
        {
            "type": "urn:graphferry:error:INVALID_IMPORT_ZIP",
            "code": "INVALID_IMPORT_ZIP",
            "message": "why",
            "details": ["where"],
        }
    ]


async def test_a_job_over_its_time_tells_so(spark: Spark) -> None:
    job = await start(spark)
    await spark.world.jobs.finish(await claim(spark, job), Outcome(status=Status.CLOSED_BY_TIMEOUT))
    body = await spark.status("export", job.id)
    assert (body["status"], body["errors"], body["outputs"]) == ("closed_by_timeout", None, NOTHING)


@pytest.mark.parametrize("path", ["export/{}/status", "import/{}/status"])
async def test_jobs_of_others_are_unknown(spark: Spark, path: str) -> None:
    job = await start(spark, caller="user")
    path = path.format(job.id)
    wanted = {"user": 200, "other": 404, "supervisor": 200, "admin": 200}
    for caller, status in wanted.items():
        answer = await spark.send("GET", path, caller=caller)
        assert answer.status == (status if path.startswith("export") else 404)
    strangers = await spark.client.get(f"/globex/api/v4/{path}", headers=spark.world.as_("stranger"))
    await refusal(strangers, 404, "JOB_UNKNOWN")
    await refusal(await spark.send("GET", path, caller="stranger"), 404, "NOT_FOUND")


async def test_a_super_administrator_names_the_tenant_in_the_path(spark: Spark) -> None:
    job = await start(spark)
    assert (await spark.status("export", job.id, caller="root"))["id"] == job.id


@pytest.mark.parametrize("kind", ["export", "import"])
async def test_ids_that_are_none_or_unknown(spark: Spark, kind: str) -> None:
    cancel = {f"{kind}_status": "cancelled"}
    for method, path, body in (("GET", f"{kind}/{{}}/status", None), ("PATCH", f"{kind}/{{}}", cancel)):
        await refusal(await spark.send(method, path.format("nonsense"), body), 400, "INVALID_JOB_ID")
        await refusal(await spark.send(method, path.format(UNKNOWN), body), 404, "JOB_UNKNOWN")


async def cancel(spark: Spark, job: Job, caller: str = "admin") -> Any:
    return await spark.send("PATCH", f"export/{job.id}", {"export_status": "cancelled"}, caller=caller)


async def test_a_job_that_never_started_is_cancelled_at_once(spark: Spark) -> None:
    job = await start(spark, caller="user")
    body = await read(await cancel(spark, job, "user"))
    assert list(body) == HEAD
    assert (body["status"], body["warnings"], body["errors"]) == ("cancelled", [], None)
    again = await read(await cancel(spark, job, "user"))
    assert {**again, "response_timestamp": ""} == {**body, "response_timestamp": ""}


async def test_a_running_job_is_asked_to_stop(spark: Spark) -> None:
    job = await start(spark)
    claimed = await claim(spark, job)
    body = await read(await cancel(spark, job, "supervisor"))
    assert body["status"] == "in_progress"
    (warning,) = body["warnings"]
    assert "Cancel requested by 'supervisor'" in warning
    await spark.world.jobs.finish(claimed, Outcome(status=Status.CANCELLED))
    body = await spark.status("export", job.id)
    assert (body["status"], body["warnings"]) == ("cancelled", [])


@pytest.mark.parametrize("status", [Status.CLOSED, Status.FAILED, Status.CLOSED_BY_TIMEOUT])
async def test_an_ended_job_is_not_cancelled(spark: Spark, status: Status) -> None:
    job = await start(spark)
    await spark.world.jobs.finish(await claim(spark, job), Outcome(status=status))
    await refusal(await cancel(spark, job), 409, "JOB_NOT_CANCELLABLE")


async def test_a_job_past_its_publish_point_is_not_cancelled(spark: Spark) -> None:
    job = await start(spark)
    await spark.world.jobs.refuse_cancel(await claim(spark, job))
    await refusal(await cancel(spark, job), 409, "JOB_NOT_CANCELLABLE")


@pytest.mark.parametrize(
    "body", [{}, {"export_status": "closed"}, {"import_status": "cancelled"}, {"export_status": None}, []]
)
async def test_only_cancelled_may_be_asked_for(spark: Spark, body: object) -> None:
    job = await start(spark)
    await refusal(await spark.send("PATCH", f"export/{job.id}", body), 400, "INVALID_REQUEST")
    assert (await spark.world.jobs.get(job.id)).status is Status.CREATED


async def test_others_jobs_are_not_cancelled(spark: Spark) -> None:
    job = await start(spark, caller="user")
    await refusal(await cancel(spark, job, "other"), 404, "JOB_UNKNOWN")
    imports = await spark.send("PATCH", f"import/{job.id}", {"import_status": "cancelled"})
    await refusal(imports, 404, "JOB_UNKNOWN")
    assert (await spark.world.jobs.get(job.id)).status is Status.CREATED


async def listed(spark: Spark, caller: str, kind: str = "export") -> tuple[list[str], list[str], int]:
    body = await read(await spark.send("GET", f"{kind}/status", caller=caller))
    assert set(body) == {f"in_progress_{kind}s", f"recent_{kind}s", "tenant"}
    assert body["tenant"]["configuration"] == {f"{kind}_api_job_limit": 1}
    (count,) = body["tenant"]["status"].values()
    assert list(body["tenant"]["status"]) == [f"{kind}_api_jobs_in_progress"]
    return (
        [each["id"] for each in body[f"in_progress_{kind}s"]],
        [each["id"] for each in body[f"recent_{kind}s"]],
        count,
    )


async def test_the_listing_to_the_letter(spark: Spark) -> None:
    job = await start(spark, caller="user")
    body = await read(await spark.send("GET", "export/status"))
    (item,) = body["in_progress_exports"]
    data = item.pop("data")
    assert item == {"object": "export", "id": job.id}
    assert set(data) == {
        "export_status",
        "response_timestamp",
        "created_by",
        "created_timestamp",
        "updated_timestamp",
        "process_time",
    }
    assert (data["export_status"], data["created_by"], data["process_time"]) == ("created", "user", 0.0)
    assert body["recent_exports"] == []
    assert body["tenant"] == {
        "configuration": {"export_api_job_limit": 1},
        "status": {"export_api_jobs_in_progress": 1},
    }


async def test_users_see_their_own_supervisors_all_of_every_surface(spark: Spark) -> None:
    mine = await start(spark, caller="user")
    body = {"database": "source", "export_app": "MyApp"}
    response = await spark.client.post("/imaging/etl/api/app/export", json=body, headers=spark.world.as_("other"))
    others = (await read(response))["success"]["uuid"]
    assert await listed(spark, "user") == ([mine.id], [], 1)
    assert await listed(spark, "other") == ([others], [], 1)
    for caller in ("supervisor", "admin"):
        assert await listed(spark, caller) == ([others, mine.id], [], 1)
        assert await listed(spark, caller, "import") == ([], [], 0)


async def test_ended_jobs_stay_for_an_hour_the_last_first(spark: Spark) -> None:
    now = datetime.now(UTC)
    ages = {"old": 3601, "early": 3590, "middle": 1800, "late": 1}
    ids = {}
    for name in ("late", "old", "early", "middle"):
        job = await start(spark)
        await spark.world.jobs.finish(await claim(spark, job), Outcome(status=Status.CLOSED))
        change(spark, job, ended=now - timedelta(seconds=ages[name]))
        ids[name] = job.id
    assert await listed(spark, "admin") == ([], [ids["late"], ids["middle"], ids["early"]], 0)


async def test_status_is_no_job_id(spark: Spark) -> None:
    assert (await spark.send("GET", "export/status")).status == 200
    assert (await spark.client.get(f"/default{BASE}/import/status", headers=spark.world.as_("user"))).status == 200
    await refusal(await spark.send("PATCH", "export/status", {"export_status": "cancelled"}), 400, "INVALID_JOB_ID")
