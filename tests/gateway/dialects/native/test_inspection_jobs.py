"""An inspection that takes longer than its caller likes to wait is a job."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.dialects.native.archives import endpoints
from handlers import inspections
from handlers.attempts.context import Context
from shared.concurrency.interruptions import ShutdownRequested
from shared.identity import ApplicationName, ImportedApplication, Role
from shared.inspecting.stored import inspect_stored
from shared.jobs.record import Job, JobKind, Status
from shared.jobs.requests import InspectRequest
from shared.jobs.summaries import ArchiveFacts
from shared.settings.process import Settings
from tests.gateway.conftest import Client, StartGateway, World
from tests.gateway.dialects.native.test_archives import ARCHIVES
from tests.gateway.dialects.native.test_jobs import submit
from tests.support.archives.small import make_archive
from tests.support.keys import CREATED

TWO, SMUGGLED = make_archive("MyApp", "Other"), make_archive("Smuggled")
AT_ONCE = {"Prefer": "respond-async, wait=0"}
TWO_OF_SOURCE = f"{ARCHIVES}/two.zip/inspect?database=source"
EVERYTHING = (
    f"{TWO_OF_SOURCE}&join_labels=Kind&join_labels=Object&rename_labels=A=B&rename_labels=C=D&label_from=a"
    "&type_from=b&id_property=c&parent_property=&one_application=true"
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Let workers ask often whether they shall go on."""
    return settings.model_copy(update={"renew_seconds": 0.1})


@pytest.fixture(autouse=True)
def archive(world: World) -> None:
    world.archives.put("acme", "two.zip", TWO)


async def accept(client: Client, world: World, caller: str = "admin", *, url: str = TWO_OF_SOURCE, **more: str) -> Job:
    """Have an inspection become a job at once."""
    answer = await client.get(url, headers={**world.as_(caller), **AT_ONCE, **more})
    assert answer.status == 202, await answer.text()
    told = await answer.json()
    assert answer.headers["Location"].endswith(f"/api/v1/jobs/{told['id']}")
    assert answer.headers["Preference-Applied"] == "respond-async"
    return await world.jobs.get(told["id"])


async def end_of(world: World, job: Job) -> Job:
    await world.work()
    return await world.jobs.get(job.id)


async def read(client: Client, world: World, job: Job, caller: str = "admin", status: int = 200) -> Any:
    answer = await client.get(f"/api/v1/jobs/{job.id}/inspection", headers=world.as_(caller))
    assert answer.status == status, await answer.text()
    return await answer.json()


async def inspect(client: Client, world: World, caller: str = "admin") -> Any:
    return await (await client.get(TWO_OF_SOURCE, headers=world.as_(caller))).json()


def without_free(found: dict[str, Any]) -> dict[str, Any]:
    """Leave out what other processes of the machine change meanwhile."""
    return {**found, "disk": {**found["disk"], "free_bytes": None}}


async def test_the_job_tells_what_the_answer_would_have_told(client: Client, world: World) -> None:
    job = await accept(client, world)
    assert (job.kind, job.database, job.request) == (
        JobKind.INSPECT,
        "source",
        InspectRequest(database="source", archive_name="two.zip"),
    )
    closed = await end_of(world, job)
    assert (closed.status, closed.failure) == (Status.CLOSED, None)
    assert closed.archive is not None
    assert (closed.archive.name, closed.archive.bytes) == ("two.zip", len(TWO))
    found = await read(client, world, job)
    assert without_free(found) == without_free(await inspect(client, world))
    assert [(each["name"], each["present_versions"]) for each in found["conflicts"]] == [
        ("MyApp", ["2.1.0"]),
        ("Other", []),
    ]


async def test_it_may_be_of_no_database(client: Client, world: World) -> None:
    job = await accept(client, world, url=f"{ARCHIVES}/two.zip/inspect")
    assert (await end_of(world, job)).status is Status.CLOSED
    found = await read(client, world, job)
    assert (found["database"], found["conflicts"]) == (None, [])
    assert [each["name"] for each in found["applications"]] == ["MyApp", "Other"]


async def test_it_is_asked_what_the_request_asked(client: Client, world: World) -> None:
    request = (await accept(client, world, url=EVERYTHING)).request
    assert isinstance(request, InspectRequest)
    assert (request.join_labels, request.rename_labels) == (("Kind", "Object"), {"A": "B", "C": "D"})
    names = request.foreign
    assert (names.label_from, names.type_from, names.id_property, names.parent_property) == ("a", "b", "c", "")
    assert names.one_application is True


@pytest.mark.parametrize("prefer", ["", "wait=0", "return=minimal", "respond-async", "Respond-Async;x=1, wait=-1"])
async def test_a_short_one_is_answered_at_once_whatever_is_preferred(client: Client, world: World, prefer: str) -> None:
    answer = await client.get(TWO_OF_SOURCE, headers={**world.as_("admin"), "Prefer": prefer})
    assert answer.status == 200
    assert "conflicts" in await answer.json()
    assert world.jobs.jobs == {}


@pytest.mark.parametrize("prefer", ['RESPOND-ASYNC, Wait="5"', "wait=0, respond-async"])
async def test_what_takes_longer_than_the_setting_becomes_a_job(
    start_gateway: StartGateway, world: World, monkeypatch: pytest.MonkeyPatch, prefer: str
) -> None:
    ended = asyncio.Event()

    async def take_long(*_: object, **__: object) -> Any:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    monkeypatch.setattr(endpoints, "inspect_stored", take_long)
    settings = world.settings.model_copy(update={"inspect_seconds": 1})
    client = await start_gateway(replace(world.resources(), settings=settings))
    answer = await client.get(TWO_OF_SOURCE, headers={**world.as_("admin"), "Prefer": prefer})
    assert answer.status == 202
    assert ended.is_set() or "wait=0" in prefer
    (job,) = world.jobs.jobs.values()
    assert (await end_of(world, job)).status is Status.CLOSED


@pytest.mark.internal_error
async def test_what_times_out_by_itself_becomes_no_job(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def time_out(*_: object, **__: object) -> Any:
        raise TimeoutError

    monkeypatch.setattr(endpoints, "inspect_stored", time_out)
    headers = {**world.as_("admin"), "Prefer": "respond-async"}
    assert (await client.get(TWO_OF_SOURCE, headers=headers)).status == 500
    assert world.jobs.jobs == {}


async def test_a_request_sent_twice_is_one_job(client: Client, world: World) -> None:
    first = await accept(client, world, **{"Idempotency-Key": "mine"})
    assert (await accept(client, world, **{"Idempotency-Key": "mine"})).id == first.id


async def test_what_is_not_the_callers_becomes_no_job(client: Client, world: World) -> None:
    for caller, url in (
        ("user", TWO_OF_SOURCE),
        ("stranger", TWO_OF_SOURCE),
        ("admin", f"{ARCHIVES}/two.zip/inspect?database=private"),
        ("admin", f"{ARCHIVES}/none.zip/inspect"),
    ):
        assert (await client.get(url, headers={**world.as_(caller), **AT_ONCE})).status == 404
    assert world.jobs.jobs == {}


async def test_nobody_else_reads_it(client: Client, world: World) -> None:
    job = await end_of(world, await accept(client, world))
    for caller in ("stranger", "user"):
        assert (await read(client, world, job, caller, 404))["code"] == "JOB_UNKNOWN"
    # All jobs are a supervisor's to see; what is in archives is not.
    assert (await read(client, world, job, "supervisor", 403))["code"] == "FORBIDDEN"
    told = await (await client.get(f"/api/v1/jobs/{job.id}", headers=world.as_("supervisor"))).json()
    assert (told["request"]["archive_name"], told["archive"]) == ("", None)


async def test_until_it_is_closed_there_is_nothing_to_read(client: Client, world: World) -> None:
    job = await accept(client, world)
    assert (await read(client, world, job, status=409))["code"] == "CONFLICT"
    other = await submit(world, "admin")
    assert (await read(client, world, other, status=404))["code"] == "NOT_FOUND"


async def test_it_is_listed_and_followed_as_any_job(client: Client, world: World) -> None:
    job = await end_of(world, await accept(client, world))
    listed = await (await client.get("/api/v1/jobs?kind=inspect&database=source", headers=world.as_("admin"))).json()
    assert [(each["id"], each["kind"], each["phase"]) for each in listed["jobs"]] == [(job.id, "inspect", "ended")]
    events = await client.get(f"/api/v1/jobs/{job.id}/events", headers=world.as_("admin"))
    assert '"kind":"inspect"' in await events.text()


async def test_it_is_cancelled_while_it_reads(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    job, reading = await accept(client, world), asyncio.Event()

    async def take_long(*_: object, **__: object) -> Any:
        reading.set()
        await asyncio.sleep(60)

    monkeypatch.setattr(inspections, "inspect_stored", take_long)
    working = asyncio.create_task(world.work())
    async with asyncio.timeout(20):
        await reading.wait()
        answer = await client.patch(f"/api/v1/jobs/{job.id}", json={"status": "cancelled"}, headers=world.as_("admin"))
        assert answer.status == 200
        await working
    assert (await world.jobs.get(job.id)).status is Status.CANCELLED
    assert (await read(client, world, job, status=409))["code"] == "CONFLICT"


async def test_another_archive_than_that_of_the_request_is_not_inspected(client: Client, world: World) -> None:
    job = await accept(client, world)
    world.archives.put("acme", "two.zip", SMUGGLED)
    failed = await end_of(world, job)
    assert failed.failure is not None
    assert (failed.status, failed.failure.code) == (Status.FAILED, "ARCHIVE_CHANGED")
    assert "inspect what is there now" in failed.failure.message
    again = await client.post(f"/api/v1/jobs/{job.id}/retry", headers=world.as_("admin"))
    retried = await end_of(world, await world.jobs.get((await again.json())["id"]))
    assert [each["name"] for each in (await read(client, world, retried))["applications"]] == ["Smuggled"]


async def test_a_bad_archive_fails_the_job(client: Client, world: World) -> None:
    world.archives.put("acme", "two.zip", TWO[:-1] + b"\x01")
    failed = await end_of(world, await accept(client, world))
    assert failed.failure is not None
    assert failed.failure.code == "INVALID_ARCHIVE"


async def test_what_is_too_much_to_keep_fails_the_job(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspections, "MOST_REPORT_BYTES", 100)
    failed = await end_of(world, await accept(client, world))
    assert failed.failure is not None
    assert failed.failure.code == "TOO_LARGE"
    assert "without `Prefer: respond-async`" in failed.failure.message


Change = Callable[[World], Awaitable[object]]


def give(user: str, *roles: Role) -> Change:
    return lambda world: world.identity.change_user("acme", user, lambda known: replace(known, roles=frozenset(roles)))


async def take_source(world: World) -> None:
    await world.identity.change_tenant("acme", lambda tenant: replace(tenant, databases=("target",)))


async def export_two(world: World, user: str) -> None:
    """Let the archive be one that an export of the user wrote."""
    job = await submit(world, user)
    facts = ArchiveFacts(name="two.zip", bytes=len(TWO), sha256="")
    world.jobs.jobs[job.id] = replace(job, status=Status.CLOSED, archive=facts)
    world.jobs.slots.clear()
    for events in world.jobs.queues.values():
        events.clear()


@pytest.mark.parametrize(
    ("change", "code"), [(give("admin", Role.IMPORTER), "ARCHIVE_UNKNOWN"), (take_source, "DATABASE_UNKNOWN")]
)
async def test_who_lost_the_right_gets_nothing_done(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch, change: Change, code: str
) -> None:
    job = await accept(client, world)
    await change(world)
    opened = list[object]()
    monkeypatch.setattr(inspections, "inspect_stored", opened.append)
    failed = await end_of(world, job)
    assert failed.failure is not None
    assert (failed.status, failed.failure.code, opened) == (Status.FAILED, code, [])


@pytest.mark.parametrize(("change", "status"), [(give("admin", Role.IMPORTER), 403), (take_source, 404)])
async def test_who_lost_the_right_reads_nothing(client: Client, world: World, change: Change, status: int) -> None:
    job = await end_of(world, await accept(client, world))
    await change(world)
    await read(client, world, job, status=status)


async def test_what_is_hidden_is_left_out_for_whoever_asks(client: Client, world: World) -> None:
    name = ApplicationName("source", "MyApp")
    imported = ImportedApplication(application=name, tenant="acme", user="importer", job_id="one", created=CREATED)
    await world.identity.note_imported([imported])
    await export_two(world, "user")
    job = await end_of(world, await accept(client, world, "user"))
    assert job.status is Status.CLOSED

    def tell(found: Any) -> list[tuple[Any, ...]]:
        return [(each["exists"], each["present_versions"], each["joins"] is None) for each in found["conflicts"]]

    for found in (await read(client, world, job, "user"), await inspect(client, world, "user")):
        assert tell(found) == [(False, [], True), (False, [], True)]
    assert tell(await read(client, world, job)) == [(True, ["2.1.0"], False), (False, [], False)]
    await give("user", Role.IMPORTER)(world)
    assert tell(await read(client, world, job, "user"))[0] == (True, ["2.1.0"], False)
    log = await client.get(f"/api/v1/jobs/{job.id}/log", headers=world.as_("user"))
    assert "2.1.0" not in await log.text()


async def test_a_second_worker_inspects_anew(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    job, stopped = await accept(client, world), list[bool]()

    async def stop_once(context: Context, *rest: Any, **more: Any) -> Any:
        if not stopped:
            stopped.append(True)
            raise ShutdownRequested
        return await inspect_stored(context, *rest, **more)

    monkeypatch.setattr(inspections, "inspect_stored", stop_once)
    ended = await end_of(world, job)
    assert (ended.status, ended.attempt) == (Status.CLOSED, 2)
