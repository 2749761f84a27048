"""Jobs are listed so that people understand them, found by a part of their ids, and cancelled many at once."""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from shared.cli.job_words import tell_progress, tell_seconds, tell_work
from shared.cli.pace import Pace, PaceKeeper
from shared.jobs.events import Event
from shared.jobs.record import Job, JobKind, Status
from shared.jobs.requests import (
    ApplicationChoice,
    ApplicationReference,
    CopyRequest,
    DeleteRequest,
    ExportRequest,
    ImportRequest,
    InspectRequest,
    JobRequest,
)
from shared.jobs.summaries import ArchiveFacts
from shared.ports.jobs import WhenBusy
from tests.gateway.dialects.native.test_jobs import submit
from tests.shared.cli.conftest import Desk
from tests.support.job_stores import make_job
from tests.support.terminals import CTRL_C, open_terminal

IDS = [f"0199f0c2-{number:04x}-7000-8000-00000000000a" for number in range(3)]


def choose(name: str) -> ApplicationChoice:
    return ApplicationChoice(source_name=name, name=name)


async def put(desk: Desk, job_id: str, *, user: str = "admin", request: JobRequest | None = None, **more: Any) -> Job:
    exported = ExportRequest(
        database="source", applications=(ApplicationReference(name="MyApp"),), archive_name="a.zip"
    )
    made = make_job(id=job_id, created_by=user, request=request or exported, **more)
    return await desk.world.jobs.submit(made, when_busy=WhenBusy.QUEUE)


@pytest.mark.parametrize(
    ("kind", "request_", "told"),
    [
        (JobKind.EXPORT, None, "export MyApp: source -> a.zip"),
        (JobKind.IMPORT, ImportRequest(database="source", archive_name="x.zip"), "import: x.zip -> source"),
        (
            JobKind.IMPORT,
            ImportRequest(database="source", archive_name="x.zip", choices=(choose("A"), choose("B")), dry_run=True),
            "dry run A, B: x.zip -> source",
        ),
        (
            JobKind.COPY,
            CopyRequest(from_database="target", to_database="source", choices=(choose("A"),)),
            "copy A: target -> source",
        ),
        (JobKind.DELETE, DeleteRequest(database="source", name="A"), "delete A: source"),
        (JobKind.INSPECT, InspectRequest(database="source", archive_name="x.zip"), "inspect: x.zip -> source"),
    ],
)
async def test_a_list_says_what_each_job_does(
    desk: Desk, kind: JobKind, request_: JobRequest | None, told: str
) -> None:
    job = await submit(desk.world)
    changes: dict[str, Any] = {"kind": kind} if request_ is None else {"kind": kind, "request": request_}
    archive = ArchiveFacts(name="a.zip", bytes=1, sha256="") if kind is JobKind.EXPORT else None
    desk.world.jobs.jobs[job.id] = replace(job, archive=archive, **changes)
    listed = await desk.as_("admin")("jobs", "list")
    assert listed.output.splitlines()[0].split() == ["ID", "STATUS", "WHAT", "BY", "CREATED", "TOOK"]
    assert f"  {told}  " in listed.output


def test_a_request_of_a_later_version_is_told_as_far_as_it_goes() -> None:
    record = {"kind": "mirror", "database": "source", "request": ["A"], "summary": {}}
    assert tell_work(record) == "mirror: source"


def test_how_long_a_job_took_and_how_far_it_is() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    record = {"started": "2026-01-02T03:04:05Z", "ended": None}
    assert tell_seconds({"started": None}, at) == "-"
    assert tell_seconds(record, at + timedelta(seconds=75)) == "1 min 15 s"
    assert tell_seconds({**record, "ended": "2026-01-02T03:04:06.5Z"}, at) == "1.5 s"
    progress = {"nodes_done": 40, "nodes_total": 50, "relationships_done": 0, "relationships_total": 50}
    running = {"status": "in_progress", "phase": "nodes", "progress": progress}
    assert tell_progress(running) == "nodes 40%"
    assert tell_progress({**running, "progress": {**progress, "nodes_total": None}}) == "nodes"
    assert tell_progress({**running, "status": "closed"}) == "-"


async def test_the_form_of_a_list_is_chosen(desk: Desk) -> None:
    job, admin = await submit(desk.world), desk.as_("admin")
    assert (await admin("jobs", "list", "-o", "id")).output == f"{job.id}\n"
    assert "FAILURE" in (await admin("jobs", "list", "-o", "wide")).output
    as_json = await admin("jobs", "list", "-o", "json")
    assert (as_json.lines[0]["id"], as_json) == (job.id, await admin("jobs", "list", "--json"))
    assert (await admin("jobs", "list", "-o", "yaml")).code == 2


async def test_parts_of_names_are_found(desk: Desk) -> None:
    first, second = await put(desk, IDS[0]), await put(desk, IDS[1], user="other")
    wanted = DeleteRequest(database="target", name="Orders of 2026")
    third = await put(desk, IDS[2], kind=JobKind.DELETE, database="target", request=wanted)

    async def match(*words: str) -> list[str]:
        return sorted((await desk.as_("admin")("jobs", "list", "-o", "id", *words)).output.split())

    assert await match("--match", "orders OF") == [third.id]
    assert await match("--match", "targ") == [third.id]
    assert await match("--match", "othe") == [second.id]
    assert await match("--match", "nothing") == []
    assert await match("--mine") == [first.id, third.id]
    assert await match("--match", "o", "--limit", "1") == [third.id], "the newest one"


async def test_the_beginning_of_an_id_is_enough(desk: Desk) -> None:
    first, _ = await put(desk, IDS[0]), await put(desk, IDS[1])
    admin = desk.as_("admin")
    for beginning in (IDS[0][:13], IDS[0][:13].upper(), IDS[0][:30]):
        (shown,) = (await admin("jobs", "show", beginning, "--json")).lines
        assert shown["id"] == first.id
    several = await admin("jobs", "show", "0199")
    assert (several.code, several.output) == (2, "")
    assert all(f"  {each}  created  export MyApp: source" in several.messages for each in IDS[:2])
    none = await admin("jobs", "log", "abc")
    assert (none.code, "begins with 'abc'" in none.messages) == (1, True)
    unknown = await admin("jobs", "show", IDS[2])
    assert unknown.code == 1
    assert (await admin("export", "MyApp", "--database", "source", "--no-wait", "--depends-on", IDS[1][:13])).code == 0
    assert desk.jobs[-1].depends_on == (IDS[1],)


async def test_very_many_of_one_beginning_are_not_all_listed(desk: Desk) -> None:
    ids = [f"0199f0c2-{number:04x}-7000-8000-00000000000a" for number in range(12)]
    for each in ids:
        await put(desk, each)
    several = await desk.as_("admin")("jobs", "show", "0199")
    assert len(re.findall("created  export", several.messages)) == 10
    assert "more than 10" in several.messages


async def test_the_last_job_is_ones_own(desk: Desk) -> None:
    admin = desk.as_("admin")
    assert (await admin("jobs", "show", "--last")).code == 1
    mine = await submit(desk.world, "admin")
    await submit(desk.world, "other")
    (shown,) = (await admin("jobs", "show", "--last", "--json")).lines
    assert shown["id"] == mine.id
    assert (await admin("jobs", "show", mine.id, "--last")).code == 2
    assert (await admin("jobs", "show")).code == 2
    assert (await admin("jobs", "cancel", "--last")).output == f"{mine.id} cancelled\n"


async def test_a_waiting_job_tells_its_place(desk: Desk) -> None:
    running, waiting = await put(desk, IDS[0]), await put(desk, IDS[1])
    shown = await desk.as_("admin")("jobs", "show", waiting.id)
    assert f"place 1, behind job {running.id}" in shown.output
    watched = await desk.as_("admin")("jobs", "watch", waiting.id, "--timeout", "1")
    assert f"Job {waiting.id} waits: place 1, behind job {running.id}." in watched.messages
    assert "turn" not in (await desk.as_("admin")("jobs", "show", waiting.id, "--json")).lines[0]


async def test_jobs_are_cancelled_all_at_once(desk: Desk) -> None:
    running, mine, others = [
        await put(desk, each, user=user) for each, user in zip(IDS, ("other", "admin", "other"), strict=True)
    ]
    admin = desk.as_("admin")
    for words in (("--mine",), ("--all", mine.id), ("--all",)):  # the last one for nobody says yes
        assert (await admin("jobs", "cancel", *words)).code == 2
    assert {job.status for job in desk.jobs} == {Status.CREATED}
    assert (await admin("jobs", "cancel", "--all", "--mine", "--yes")).output == f"{mine.id} cancelled\n"
    ended = await admin("jobs", "cancel", "--all", "--yes", "--reason", "enough")
    assert ended.output == f"{others.id} cancelled\n{running.id} cancelled\n", "those that wait are the first"
    assert {job.cancel.reason for job in desk.jobs if job.cancel} == {None, "enough"}
    again = await admin("jobs", "cancel", "--all", "--yes")
    assert (again.code, again.output) == (0, "")


async def test_time_left_is_told_in_json(desk: Desk) -> None:
    record = {
        "id": IDS[0],
        "status": "in_progress",
        "progress": {"nodes_done": 0, "nodes_total": 100, "relationships_done": 0, "relationships_total": 0},
    }
    keeper = PaceKeeper()

    def note(second: float, done: int, **more: Any) -> Pace:
        at = datetime(2026, 1, 2, tzinfo=UTC) + timedelta(seconds=second)
        progress = {**record["progress"], "nodes_done": done, **more}  # type: ignore[dict-item]
        return keeper.note({**record, "updated": at.isoformat(), "progress": progress})

    assert note(0, 0) == Pace(per_second=None, seconds_left=None)
    assert note(2, 20) == Pace(per_second=10.0, seconds_left=8.0)
    assert note(3, 30, nodes_total=None) == Pace(per_second=10.0, seconds_left=None)
    assert note(30, 60).per_second == round(30 / 27, 1), "what is older than the window does not count"
    assert note(31, 5) == Pace(per_second=None, seconds_left=None), "it began again"
    job = await submit(desk.world)
    lines = (await desk.as_("admin")("jobs", "watch", job.id, "--json", "--timeout", "1")).lines
    assert lines[0]["pace"] == {"per_second": None, "seconds_left": None}


async def test_a_list_is_watched_at_a_terminal_until_ctrl_c(desk: Desk) -> None:
    job = await submit(desk.world)
    loop = asyncio.get_running_loop()

    def sit() -> tuple[int, str]:
        with open_terminal(desk.as_("admin").environ, "jobs", "list", "--watch", columns=160) as terminal:
            terminal.see("created")
            asyncio.run_coroutine_threadsafe(take(), loop).result(10)
            terminal.see("in_progress")
            terminal.type(CTRL_C)
            return terminal.end(), terminal.raw

    async def take() -> None:
        assert await desk.world.jobs.claim(Event(job_id=job.id, attempt=job.attempt), "worker") is not None

    code, raw = await asyncio.to_thread(sit)
    assert code == 130
    assert "Traceback" not in raw


async def test_a_list_is_watched_by_a_pipe_change_by_change(desk: Desk) -> None:
    job = await submit(desk.world)
    admin = desk.as_("admin")
    command = [sys.executable, "-m", "shared.cli", "jobs", "list", "--watch", "--json"]
    process = await asyncio.create_subprocess_exec(*command, env=dict(admin.environ), stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        first = orjson.loads(await asyncio.wait_for(process.stdout.readline(), 60.0))
        await admin("jobs", "cancel", job.id)
        second = orjson.loads(await asyncio.wait_for(process.stdout.readline(), 60.0))
    finally:
        process.terminate()
        await process.wait()
    assert [(each["id"], each["status"]) for each in (first, second)] == [(job.id, "created"), (job.id, "cancelled")]


async def test_the_pages_address_is_printed(desk: Desk) -> None:
    job = await submit(desk.world)
    desk.world.archives.put("acme", "a b.zip", b"PK")
    admin, url = desk.as_("admin"), desk.proxy.url
    for words, address in {
        ("jobs", "show", job.id): f"jobs/{job.id}",
        ("jobs", "list", "--kind", "export"): "jobs?kind=export",
        ("applications", "show", "My App", "--database", "source"): "applications/My%20App?database=source",
        ("applications", "list"): "applications",
        ("archives", "inspect", "a b.zip"): "archives/a%20b.zip",
        ("archives", "list"): "archives",
        ("users", "list"): "access",
        ("schedules", "list"): "schedules",
    }.items():
        told = await admin(*words, "--web")
        assert (told.code, told.output) == (0, f"{url}/admin/#/{address}\n")
    told = await admin("jobs", "show", job.id, "--web", "--tenant", "acme", "--json")
    assert told.lines == [{"address": f"{url}/admin/#/jobs/{job.id}?tenant=acme"}]


async def test_at_a_terminal_the_page_is_opened(desk: Desk, tmp_path: Path) -> None:
    note, browser = tmp_path / "opened", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {note}\n')
    browser.chmod(0o755)
    job = await submit(desk.world)
    environ = {**desk.as_("admin").environ, "BROWSER": f"{browser} %s"}

    def sit() -> int:
        with open_terminal(environ, "jobs", "show", job.id, "--web") as terminal:
            return terminal.end()

    assert await asyncio.to_thread(sit) == 0
    assert note.read_text() == f"{desk.proxy.url}/admin/#/jobs/{job.id}"
