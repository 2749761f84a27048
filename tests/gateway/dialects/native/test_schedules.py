"""Schedules over HTTP, and what a gateway makes of their times."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from gateway.dialects.native.schedules import looking, running
from gateway.dialects.native.schedules.keeping import remove_all_superfluous
from gateway.dialects.native.schedules.looking import DueRuns
from gateway.metrics import GatewayMetrics
from gateway.submission.submission import Submission
from shared.errors import InvalidRequestError, StoreUnavailableError, UnavailableError
from shared.identity import Tenant
from shared.jobs.record import Job
from shared.ports.archives import StoredArchive
from shared.ports.schedules import RunClaim
from shared.schedules.record import MadeArchive, Owner, derive_job_id
from shared.webhooks import new_secret
from tests.gateway.conftest import Client, StartGateway, World
from tests.support.memory.archives import MemoryArchives
from tests.support.memory.jobs import MemoryJobStore
from tests.support.memory.schedules import MemorySchedules
from tests.support.schedules import CREATED, make_schedule

EXPORT = {"database": "source", "applications": [{"name": "MyApp"}]}
BODY = {"name": "nightly", "cron": "0 3 * * *", "time_zone": "Europe/Berlin", "export": EXPORT}
SCHEDULES = "/api/v1/schedules"


@dataclass(slots=True)
class Clock:
    """The store's clock, which goes as the test says."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _only_the_test_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.app.make_schedule_loops", lambda *_: ())


@pytest.fixture
async def world(world: World, clock: Clock) -> World:
    return replace(world, schedules=MemorySchedules(clock=clock))


async def create(client: Client, world: World, caller: str = "admin", **changes: Any) -> dict[str, Any]:
    response = await client.post(SCHEDULES, json={**BODY, **changes}, headers=world.as_(caller))
    assert response.status == 201, await response.text()
    made: dict[str, Any] = await response.json()
    assert response.headers["Location"].endswith(f"{SCHEDULES}/{made['id']}")
    return made


async def read(client: Client, world: World, schedule: dict[str, Any], caller: str = "admin") -> dict[str, Any]:
    response = await client.get(f"{SCHEDULES}/{schedule['id']}", headers=world.as_(caller))
    assert response.status == 200
    told: dict[str, Any] = await response.json()
    return told


async def read_runs(client: Client, world: World, schedule: dict[str, Any]) -> list[dict[str, Any]]:
    response = await client.get(f"{SCHEDULES}/{schedule['id']}/runs", headers=world.as_("admin"))
    runs: list[dict[str, Any]] = (await response.json())["runs"]
    return runs


async def look(world: World, metrics: GatewayMetrics | None = None) -> None:
    await DueRuns(world.resources(), metrics or GatewayMetrics(), wait_seconds=None).look()


async def come_to(client: Client, world: World, clock: Clock, schedule: dict[str, Any], late: float = 1.0) -> datetime:
    """Let the schedule's next time come, and so many seconds pass."""
    due = datetime.fromisoformat((await read(client, world, schedule))["next_run"])
    clock.now = due + timedelta(seconds=late)
    return due


async def test_a_schedule_is_created_shown_changed_and_removed(client: Client, world: World) -> None:
    made = await create(client, world, retention={"keep_daily": 7, "keep_weekly": 4})
    assert (made["work"], made["export"], made["copy"], made["owner"]) == ("export", EXPORT, None, "admin")
    assert made["retention"] == {"keep_last": 0, "keep_daily": 7, "keep_weekly": 4, "keep_monthly": 0}
    next_run = datetime.fromisoformat(made["next_run"])
    assert next_run > datetime.now(UTC)
    assert await read(client, world, made) == made
    listed = await client.get(SCHEDULES, headers=world.as_("admin"))
    assert await listed.json() == {"schedules": [made]}
    path, headers = f"{SCHEDULES}/{made['id']}", {**world.as_("admin"), "If-Match": f'"{made["version"]}"'}
    off = await client.patch(path, json={"enabled": False, "name": "off"}, headers=headers)
    changed = await off.json()
    assert (changed["enabled"], changed["name"], changed["next_run"]) == (False, "off", None)
    assert (changed["cron"], changed["retention"]) == (made["cron"], made["retention"])
    for late in (await client.patch(path, json={}, headers=headers), await client.delete(path, headers=headers)):
        assert late.status == 412
    assert (await client.delete(path, headers=world.as_("admin"))).status == 204
    gone = await client.get(path, headers=world.as_("admin"))
    assert (gone.status, (await gone.json())["code"]) == (404, "SCHEDULE_UNKNOWN")


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({"cron": "99 * * * *"}, 400, "bad minute"),
        ({"cron": "*/2 * * * *"}, 400, "comes again after 120 seconds; a schedule needs 300"),
        ({"time_zone": "Mars/Base"}, 400, "Time zone 'Mars/Base' is unknown"),
        ({"export": None}, 400, "needs export or copy"),
        ({"export": {**EXPORT, "depends_on": ["01a2038b-0f42-700b-b8a1-47b5e23c6bdf"]}}, 400, "depends_on"),
        (
            {"export": {**EXPORT, "webhook": {"url": "https://x.example/", "secret": new_secret()}}},
            400,
            "leave webhook.secret",
        ),
        ({"export": {**EXPORT, "webhook": {"url": "https://127.0.0.1/"}}}, 400, "names no secret"),
        ({"export": {**EXPORT, "applications": [{"name": "Other"}]}}, 404, "Other"),
        ({"export": {**EXPORT, "database": "private"}}, 404, "private"),
        ({"export": {**EXPORT, "odd": 1}}, 400, "export.odd"),
        (
            {
                "export": None,
                "copy": {"from_database": "source", "to_database": "target", "applications": [{"name": "MyApp"}]},
                "retention": {"keep_last": 1},
            },
            400,
            "a copy makes no archive",
        ),
    ],
)
async def test_what_could_not_be_run_is_refused(
    client: Client, world: World, changes: dict[str, Any], status: int, told: str
) -> None:
    body = {name: value for name, value in {**BODY, **changes}.items() if value is not None}
    response = await client.post(SCHEDULES, json=body, headers=world.as_("admin"))
    assert (response.status, told in await response.text()) == (status, True), await response.text()
    assert world.schedules.schedules == {}


async def test_a_tenant_has_so_many_schedules_at_most(world: World, start_gateway: StartGateway) -> None:
    settings = world.settings.model_copy(update={"max_schedules": 1})
    client = await start_gateway(replace(world, settings=settings).resources())
    await create(client, world)
    refused = await client.post(SCHEDULES, json=BODY, headers=world.as_("admin"))
    assert (refused.status, "1 schedules" in await refused.text()) == (409, True)


@pytest.mark.parametrize("caller", ["user", "importer", "supervisor", "architect"])
async def test_others_only_read(client: Client, world: World, caller: str) -> None:
    made = await create(client, world)
    path, headers = f"{SCHEDULES}/{made['id']}", world.as_(caller)
    for refused in (
        await client.post(SCHEDULES, json=BODY, headers=headers),
        await client.patch(path, json={}, headers=headers),
        await client.post(f"{path}/run", headers=headers),
        await client.delete(path, headers=headers),
    ):
        assert refused.status == 403
    shown = await read(client, world, made, caller)
    sees_all = caller in {"importer", "architect"}
    assert shown == {**made, "export": EXPORT if sees_all else None}
    assert (await client.get(path, headers=world.as_("stranger"))).status == 404


async def test_the_next_times_are_told_before(client: Client, world: World) -> None:
    query = {"cron": "@daily", "time_zone": "Asia/Kolkata"}
    told = await (await client.get("/api/v1/schedule-times", params=query, headers=world.as_("user"))).json()
    assert len(told["times"]) == 5
    assert all(each.endswith("T18:30:00.000Z") for each in told["times"])
    refused = await client.get("/api/v1/schedule-times", params={"cron": "* * * * *"}, headers=world.as_("user"))
    assert refused.status == 400


async def test_a_line_that_comes_once_in_a_generation_has_times(client: Client, world: World) -> None:
    told = await client.get("/api/v1/schedule-times", params={"cron": "0 0 29 2 */7"}, headers=world.as_("user"))
    assert told.status == 200, await told.text()
    years = [int(each[:4]) for each in (await told.json())["times"]]
    assert [later - earlier for earlier, later in pairwise(years)] == [28, 28, 40, 28]
    await create(client, world, cron="0 0 29 2 */7")


async def test_a_time_that_comes_is_run_once_and_its_end_is_noted(client: Client, world: World, clock: Clock) -> None:
    made = await create(client, world)
    await look(world)
    assert await read_runs(client, world, made) == []
    due = await come_to(client, world, clock, made)
    for _ in range(3):
        await look(world)
    (run,) = await read_runs(client, world, made)
    assert (run["outcome"], run["job_id"], run["status"]) == ("submitted", derive_job_id(made["id"], due), None)
    job = await world.jobs.get(run["job_id"])
    assert (job.created_by, job.tenant, job.surface) == ("admin", "acme", "native")
    await world.work()
    await look(world)
    (ended,) = await read_runs(client, world, made)
    assert (ended["status"], ended["code"]) == ("closed", None)
    shown = await read(client, world, made)
    assert shown["last_run"] == ended
    assert datetime.fromisoformat(shown["next_run"]) > due


async def test_what_was_missed_is_told_and_the_latest_run_if_it_is_young(
    client: Client, world: World, clock: Clock
) -> None:
    metrics = GatewayMetrics()
    made = await create(client, world)
    await come_to(client, world, clock, made, late=2 * 86_400 + 600)
    await look(world, metrics)
    run, missed = await read_runs(client, world, made)
    assert (run["outcome"], missed["outcome"], missed["number"]) == ("submitted", "missed", 2)
    await come_to(client, world, clock, made, late=7200)
    await look(world, metrics)
    late, *_ = await read_runs(client, world, made)
    assert (late["outcome"], late["job_id"], late["number"]) == ("missed", None, 1)
    shown = metrics.render().decode()
    assert 'graphferry_schedule_runs_total{outcome="missed"} 3.0' in shown
    assert 'graphferry_schedule_runs_total{outcome="submitted"} 1.0' in shown
    assert "graphferry_schedules_late_seconds 7200.0" in shown


@pytest.mark.parametrize(("overlap", "outcome"), [("skip", "skipped"), ("queue", "submitted")])
async def test_a_time_while_the_last_job_runs_is_skipped_or_queued(
    client: Client, world: World, clock: Clock, overlap: str, outcome: str
) -> None:
    made = await create(client, world, overlap=overlap)
    for _ in range(2):
        await come_to(client, world, clock, made)
        await look(world)
    second, first = await read_runs(client, world, made)
    assert (first["outcome"], second["outcome"]) == ("submitted", outcome)
    if overlap == "skip":
        assert (second["code"], first["job_id"] in second["reason"]) == ("SCHEDULE_OVERLAP", True)
        asked = await client.post(f"{SCHEDULES}/{made['id']}/run", headers=world.as_("admin"))
        assert asked.status == 409


@pytest.mark.parametrize("lost", ["disabled", "removed", "roles"])
async def test_an_owner_without_the_right_makes_the_run_fail_and_another_takes_over(
    client: Client, world: World, clock: Clock, lost: str
) -> None:
    copy = {"from_database": "source", "to_database": "target", "applications": [{"name": "MyApp"}]}
    made = await create_copy(client, world, copy)
    match lost:
        case "disabled":
            await world.identity.change_user("acme", "admin", lambda user: replace(user, disabled=True))
        case "removed":
            await world.identity.remove_user("acme", "admin")
        case _:
            await world.identity.change_user("acme", "admin", lambda user: replace(user, roles=frozenset()))
    clock.now = datetime.fromisoformat(made["next_run"])
    await look(world)
    headers = {**world.as_("root"), "x-tenant-name": "acme"}
    path = f"{SCHEDULES}/{made['id']}"
    shown = await (await client.get(path, headers=headers)).json()
    assert (shown["enabled"], shown["last_run"]["outcome"], shown["last_run"]["code"]) == (True, "failed", "FORBIDDEN")
    assert shown["next_run"] is not None
    other = await client.patch(path, json={"owner": "admin"}, headers=headers)
    assert other.status == 400
    taken = await client.patch(path, json={"owner": "root"}, headers=headers)
    assert (await taken.json())["owner"] == "root"
    asked = await client.post(f"{path}/run", headers=headers)
    assert asked.status == 202
    assert ((await asked.json())["by"], (await world.jobs.get((await asked.json())["job_id"])).created_by) == (
        "root",
        "root",
    )


async def create_copy(client: Client, world: World, copy: dict[str, Any]) -> dict[str, Any]:
    body = {name: value for name, value in BODY.items() if name != "export"}
    response = await client.post(SCHEDULES, json={**body, "copy": copy}, headers=world.as_("admin"))
    assert response.status == 201, await response.text()
    made: dict[str, Any] = await response.json()
    return made


async def test_what_is_refused_at_its_time_is_told(client: Client, world: World, clock: Clock) -> None:
    made = await create(client, world)
    world.databases["source"].nodes.clear()
    await come_to(client, world, clock, made)
    await look(world)
    (run,) = await read_runs(client, world, made)
    assert (run["outcome"], run["code"]) == ("failed", "APPLICATION_UNKNOWN")
    asked = await client.post(f"{SCHEDULES}/{made['id']}/run", headers=world.as_("admin"))
    assert (asked.status, (await asked.json())["code"]) == (404, "APPLICATION_UNKNOWN")
    assert [each["by"] for each in await read_runs(client, world, made)] == ["admin", None]


async def test_while_something_is_out_of_reach_a_time_is_tried_again_until_it_is_old(
    client: Client, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await create(client, world)
    due = await come_to(client, world, clock, made)

    async def refuse(*_: object, **__: object) -> None:
        raise StoreUnavailableError("out of reach")

    with monkeypatch.context() as patch:
        patch.setattr(MemoryJobStore, "submit", refuse)
        for _ in range(2):
            with pytest.raises(StoreUnavailableError):
                await look(world)
            assert await read_runs(client, world, made) == []
            clock.now += timedelta(minutes=2)
        clock.now = due + timedelta(hours=2)
        await look(world)
    (run,) = await read_runs(client, world, made)
    assert (run["outcome"], run["reason"]) == ("failed", "out of reach")


async def test_a_tenant_whose_database_does_not_answer_keeps_no_other_waiting(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        await world.schedules.create(make_schedule(f"slow {number}"), next_run=clock.now, most=60)
    clock.now += timedelta(seconds=1)
    other = make_schedule("other", tenant="globex", owner=Owner(user="stranger", home="globex"))
    await world.schedules.create(other, next_run=clock.now, most=9)
    asked: list[str] = []
    answered = asyncio.Event()

    async def wait(_: object, __: object, submission: Submission) -> Job:
        asked.append(submission.caller.tenant)
        if submission.caller.tenant == "acme":
            await answered.wait()
        raise UnavailableError("out of reach")

    monkeypatch.setattr(running, "submit", wait)
    runs = DueRuns(world.resources(), GatewayMetrics(), wait_seconds=0.1)
    async with aclosing(runs), asyncio.timeout(60):
        while "globex" not in asked:
            with suppress(UnavailableError):
                await runs.look()
        assert sorted(asked) == ["acme", "acme", "globex"]
        answered.set()


async def test_many_tenants_whose_databases_do_not_answer_leave_room_and_claim_no_more_than_they_run(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedules, silent = world.schedules, [f"silent{number}" for number in range(20)]
    for tenant in silent:
        await world.identity.create_tenant(Tenant(name=tenant, databases=()))
    for tenant in (*silent, "globex"):
        for number in range(3):
            schedule = make_schedule(f"{number}", tenant=tenant, owner=Owner(user="stranger", home="globex"))
            await schedules.create(schedule, next_run=clock.now + timedelta(seconds=tenant == "globex"), most=9)
    clock.now += timedelta(seconds=2)
    asked: list[str] = []
    answered = asyncio.Event()

    async def wait(_: object, __: object, claim: RunClaim, ___: object) -> None:
        asked.append(claim.schedule.tenant)
        if claim.schedule.tenant != "globex":
            await answered.wait()

    monkeypatch.setattr(looking, "run_claim", wait)
    runs = DueRuns(world.resources(), GatewayMetrics(), wait_seconds=0.1)
    async with aclosing(runs), asyncio.timeout(60):
        while asked.count("globex") < 3:
            await runs.look()
        await runs.look()
        assert {tenant: asked.count(tenant) <= 2 for tenant in silent} == dict.fromkeys(silent, True)
        open_to_others = await schedules.look(most=100)
        assert len(open_to_others.due) == 21 * 3 - len(asked)
        answered.set()


@pytest.mark.internal_error
@pytest.mark.parametrize("error", [OSError("no space"), ValueError("odd")])
async def test_a_time_that_fails_in_an_unforeseen_way_is_settled_in_the_end(
    client: Client, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    made = await create(client, world)
    due = await come_to(client, world, clock, made)

    async def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(MemoryJobStore, "submit", fail)
    with pytest.raises(type(error)):
        await look(world)
    assert await read_runs(client, world, made) == []
    clock.now = due + timedelta(hours=2)
    for _ in range(2):
        await look(world)
    (run,) = await read_runs(client, world, made)
    assert (run["outcome"], run["code"], str(error) in run["reason"]) == ("failed", "INTERNAL_ERROR", True)


async def test_a_time_that_has_come_is_run_after_a_change_of_the_name(
    client: Client, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await create(client, world)
    due = await come_to(client, world, clock, made, late=600)

    async def read_clock(_: MemoryJobStore) -> datetime:
        return clock.now

    monkeypatch.setattr(MemoryJobStore, "read_clock", read_clock)
    path = f"{SCHEDULES}/{made['id']}"
    renamed = await client.patch(path, json={"name": "other"}, headers=world.as_("admin"))
    assert datetime.fromisoformat((await renamed.json())["next_run"]) == due
    await look(world)
    assert [each["outcome"] for each in await read_runs(client, world, made)] == ["submitted"]
    clock.now += timedelta(days=1)
    moved = await client.patch(path, json={"cron": "5 3 * * *"}, headers=world.as_("admin"))
    assert datetime.fromisoformat((await moved.json())["next_run"]) > clock.now


@pytest.mark.parametrize("changes", [{"cron": "* * * * *"}, {"time_zone": "Mars/Base"}])
async def test_a_schedule_that_would_be_refused_by_now_can_be_switched_off(
    client: Client, world: World, changes: dict[str, Any]
) -> None:
    due = datetime(2099, 1, 1, tzinfo=UTC)
    await world.schedules.create(make_schedule(**changes), next_run=due, most=9)
    path, headers = f"{SCHEDULES}/one", world.as_("admin")
    off = await client.patch(path, json={"enabled": False}, headers=headers)
    assert (off.status, (await off.json())["next_run"]) == (200, None)
    for refused in ({"enabled": True}, {"cron": "*/2 * * * *"}):
        assert (await client.patch(path, json=refused, headers=headers)).status == 400


async def test_a_schedule_of_an_unknown_zone_is_looked_at_again_later(world: World, clock: Clock) -> None:
    await world.schedules.create(make_schedule(time_zone="Mars/Base"), next_run=clock.now, most=9)
    with pytest.raises(InvalidRequestError, match="Mars/Base"):
        await look(world)
    assert (await world.schedules.get("acme", "one")).next_run == clock.now + timedelta(minutes=5)
    await look(world)


async def test_archives_of_a_tenant_that_cannot_be_read_keep_no_other_from_the_sweep(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = MadeArchive(name="a.zip", made=CREATED, arrived=CREATED, bytes=7, job_id="job")
    for tenant in ("acme", "globex"):
        schedule = make_schedule(tenant=tenant)
        await world.schedules.create(schedule, next_run=None, most=9)
        world.schedules.made[tenant, schedule.id]["a.zip"] = archive
    list_archives = world.archives.list_archives

    async def list_some(_: MemoryArchives, tenant: str) -> Sequence[StoredArchive]:
        if tenant == "acme":
            raise OSError("no such device")
        return await list_archives(tenant)

    monkeypatch.setattr(type(world.archives), "list_archives", list_some)
    with pytest.raises(OSError, match="no such device"):
        await remove_all_superfluous(world.resources())
    kept = [len(await world.schedules.list_made(tenant, "one")) for tenant in ("acme", "globex")]
    assert kept == [1, 0]


async def test_archives_that_are_gone_are_forgotten_without_rules(client: Client, world: World, clock: Clock) -> None:
    made = await make_nightly(client, world, clock, 2)
    (first, second) = await list_names(world)
    await world.archives.delete("acme", first)
    await remove_all_superfluous(world.resources())
    assert [each.name for each in await world.schedules.list_made("acme", made["id"])] == [second]


async def make_nightly(
    client: Client, world: World, clock: Clock, times: int, after: Callable[[str], Any] | None = None, **changes: Any
) -> dict[str, Any]:
    made = await create(client, world, **changes)
    for _ in range(times):
        await come_to(client, world, clock, made)
        await look(world)
        await world.work()
        await look(world)
        (last, *_) = await read_runs(client, world, made)
        job = await world.jobs.get(last["job_id"])
        assert job.archive is not None
        if after is not None:
            await after(job.archive.name)
    return made


async def list_names(world: World) -> list[str]:
    return [each.name for each in await world.archives.list_archives("acme")]


async def test_the_schedules_own_archives_are_removed_as_its_rules_say(
    client: Client, world: World, clock: Clock
) -> None:
    other = {**EXPORT, "file_name": "other.zip"}
    await client.post("/api/v1/exports", json=other, headers=world.as_("admin"))
    await world.work()
    names: list[str] = []

    async def pin_first(name: str) -> None:
        names.append(name)
        if len(names) == 1:
            await world.archives.set_pinned("acme", name, pinned=True)

    export = {**EXPORT, "file_name": "nightly.zip"}
    made = await make_nightly(client, world, clock, 4, pin_first, export=export, retention={"keep_last": 2})
    assert sorted(await list_names(world)) == sorted([names[0], *names[2:], "other.zip"])
    assert [each.target for each in world.audit.entries if each.action == "archives.expire"] == [
        f"name={names[1]} schedule_id={made['id']}"
    ]
    await client.patch(f"{SCHEDULES}/{made['id']}", json={"retention": {"keep_monthly": 1}}, headers=world.as_("admin"))
    await world.archives.set_pinned("acme", names[0], pinned=False)
    await remove_all_superfluous(world.resources())
    kept = await list_names(world)
    assert names[-1] in kept
    assert names[2] not in kept or names[2] == names[-1]
    assert "other.zip" in kept


async def test_schedules_go_with_their_tenant(client: Client, world: World, clock: Clock) -> None:
    made = await create(client, world)
    assert (await client.delete("/api/v1/tenants/acme", headers=world.as_("root"))).status == 204
    assert world.schedules.schedules == {}
    # As if a gateway of an earlier version had removed the tenant:
    await world.schedules.create(make_schedule(), next_run=datetime.fromisoformat(made["next_run"]), most=9)
    clock.now = datetime.fromisoformat(made["next_run"])
    await look(world)
    assert world.schedules.schedules == {}
