"""Who may ask, how long a request waits, what becomes of a job whose caller leaves."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.api_keys import hash_key, new_key
from shared.identity import Role
from shared.jobs.record import Job, JobKind, Status
from shared.settings.process import Settings
from tests.gateway.conftest import CALLERS
from tests.gateway.dialects.darwin.conftest import BASE, Darwin, package_of, read, version, working
from tests.support.archives.small import make_archive
from tests.support.darwin_messages import message
from tests.support.keys import admit, make_key

PACKAGE = make_archive("App")


@pytest.fixture
def patience() -> int:
    """How long a request waits for its job, in seconds."""
    return 60


@pytest.fixture
def settings(settings: Settings, patience: int) -> Settings:
    return settings.model_copy(update={"darwin_wait_seconds": patience})


@pytest.mark.parametrize("caller", list(CALLERS))
async def test_both_roles_are_needed(darwin: Darwin, caller: str) -> None:
    tenant: dict[str, Any] = {"x-tenant-name": "acme"} if caller == "root" else {}
    expected = 200 if caller in ("architect", "root") else 403
    for answer in (
        await darwin.export(version("Other"), caller=caller, **tenant),
        await darwin.import_(PACKAGE, "SKIP", caller=caller, **tenant),
    ):
        body = await read(answer, expected)
        if expected == 403:
            told = "This needs the roles application_architect and application_catalog_administrator, together."
            assert body == {"errors": True, "messageList": [message("ERROR", told, "FORBIDDEN")]}


@pytest.mark.parametrize("role", [Role.ARCHITECT, Role.CATALOG_ADMINISTRATOR])
async def test_one_role_is_not_enough(darwin: Darwin, role: Role) -> None:
    text = darwin.world.keys["other"] = new_key()
    await admit(darwin.world.identity, make_key("acme", text=text, user="half"), {role})
    assert (await darwin.export(version("Other"), caller="other")).status == 403


async def test_basic_credentials_let_in(darwin: Darwin) -> None:
    credentials = base64.b64encode(f"architect:{darwin.world.keys['architect']}".encode()).decode()
    body = {"exportRequestParameter": [version("Other")]}
    answer = await darwin.client.post(f"{BASE}/export", json=body, headers={"Authorization": f"Basic {credentials}"})
    assert await package_of(answer)
    refused = await darwin.client.post(f"{BASE}/export", json=body)
    assert (refused.status, refused.headers["WWW-Authenticate"].split()[0]) == (401, "Basic")


def only_job(darwin: Darwin) -> Job:
    (job,) = darwin.world.jobs.jobs.values()
    return job


@pytest.mark.parametrize("patience", [1])
async def test_a_job_that_takes_longer_goes_on(idle: Darwin) -> None:
    body = await read(await idle.export(version("Other")), 504)
    job = only_job(idle)
    url = f"https://ferry.example/base/api/v1/jobs/{job.id}"
    told = f"Job {job.id} has not ended within 1 seconds, and goes on; ask for it at {url}."
    assert body == {
        "errors": True,
        "messageList": [message("ERROR", told, "JOB_UNFINISHED")],
        "job_id": job.id,
        "job_url": url,
    }
    await idle.world.work()
    assert only_job(idle).status is Status.CLOSED


async def test_it_takes_its_turn(idle: Darwin) -> None:
    first = asyncio.create_task(idle.export(version("Other")))
    await until(lambda: len(idle.world.jobs.jobs) == 1)
    second = asyncio.create_task(idle.export(version("Other")))
    await until(lambda: len(idle.world.jobs.jobs) == 2)
    async with working(idle.world):
        assert await package_of(await first) == await package_of(await second)


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(1000):
        if is_so():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not become so")


async def send_and_leave(darwin: Darwin, action: str, body: object) -> None:
    """Send a request over a connection of its own, and close that once the job is there."""
    server = darwin.client.server
    reader, writer = await asyncio.open_connection(server.host, server.port)
    content = json.dumps(body).encode()
    head = f"POST {BASE}/{action}?database=source HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\n"
    key = darwin.world.keys["architect"]
    writer.write(f"{head}X-API-KEY: {key}\r\n\r\n".encode() + content)
    await until(lambda: len(darwin.world.jobs.jobs) == 1)
    writer.close()
    del reader


async def test_an_export_that_nobody_waits_for_is_cancelled(idle: Darwin) -> None:
    await send_and_leave(idle, "export", {"exportRequestParameter": [version("Other")]})
    await until(lambda: only_job(idle).status is Status.CANCELLED)
    cancel = only_job(idle).cancel
    assert cancel is not None
    assert (cancel.by, cancel.reason) == ("architect", "nobody waits for it")


async def test_an_import_that_nobody_waits_for_goes_on(idle: Darwin) -> None:
    package = base64.b64encode(PACKAGE).decode()
    await send_and_leave(idle, "import", {"exportPackage": package, "conflictResolutionAction": "SKIP"})
    await asyncio.sleep(0.2)
    assert only_job(idle).cancel is None
    await idle.world.work()
    job = only_job(idle)
    assert (job.kind, job.status, job.failure) == (JobKind.IMPORT, Status.CLOSED, None)


async def test_a_cancelled_job_is_told_in_messages(idle: Darwin) -> None:
    asking = asyncio.create_task(idle.import_(PACKAGE, "SKIP"))
    await until(lambda: len(idle.world.jobs.jobs) == 1)
    await idle.client.patch(
        f"/api/v1/jobs/{only_job(idle).id}", json={"status": "cancelled"}, headers=idle.world.as_("architect")
    )
    body = await read(await asking)
    told = f"Job {only_job(idle).id} was cancelled."
    assert body == {
        "errors": True,
        "messageList": [message("ERROR", told, "CANCELLED"), message("ERROR", "Import failed.", "IMPORT_FAILED")],
    }


async def test_unknown_paths_answer_in_the_form_of_this_surface(darwin: Darwin) -> None:
    answer = await darwin.client.get("/darwin/api/2.0/nothing", headers=darwin.world.as_("architect"))
    body = await read(answer, 404)
    assert (body["errors"], body["messageList"][0]["messageKey"]) == (True, "NOT_FOUND")


async def test_who_is_let_in_no_more_is_told_no_end(idle: Darwin) -> None:
    asking = asyncio.create_task(idle.export(version("Other")))
    await until(lambda: len(idle.world.jobs.jobs) == 1)
    await idle.world.identity.remove_key(hash_key(idle.world.keys["architect"]))
    body = await read(await asking, 401)
    assert [each["messageKey"] for each in body["messageList"]] == ["UNAUTHENTICATED"]
    assert only_job(idle).status is Status.CANCELLED
