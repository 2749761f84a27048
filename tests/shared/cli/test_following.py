"""A job is followed through streams that end, gateways that restart, and gateways without streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from shared.cli import following
from shared.jobs.record import Outcome, Status
from tests.shared.cli.conftest import Desk
from tests.support.command_line import CommandLine

JOB = "0199f0c2-0000-7000-8000-000000000000"


def record(done: int, status: str = "in_progress") -> dict[str, Any]:
    progress = {"nodes_done": done, "nodes_total": 100, "relationships_done": 0, "relationships_total": 0}
    return {
        "id": JOB,
        "kind": "import",
        "database": "source",
        "status": status,
        "phase": "nodes",
        "progress": progress,
        "summary": {},
        "attempt": 1,
        "failure": None,
        "cancel": None,
    }


@dataclass(slots=True, kw_only=True)
class Teller:
    """A gateway that tells of one job in streams of our making, one for each time that it is asked."""

    streams: list[bytes]
    now: dict[str, Any] = field(default_factory=lambda: record(0))
    asked_from: list[str | None] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def show(self, _: web.Request) -> web.Response:
        return web.json_response(self.now)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        self.asked_from.append(request.headers.get("Last-Event-ID"))
        self.asked.set()
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for byte in self.streams.pop(0).split(b"|"):
            await response.write(byte)
        return response


@asynccontextmanager
async def telling(teller: Teller, home: Path) -> AsyncIterator[CommandLine]:
    app = web.Application()
    app.router.add_get(f"/api/v1/jobs/{JOB}", teller.show)
    app.router.add_get(f"/api/v1/jobs/{JOB}/events", teller.stream)
    async with TestServer(app) as server:
        yield CommandLine.at(str(server.make_url("")), "gf_x", home)


def event(number: int, content: dict[str, Any]) -> bytes:
    return b"id: %d\nevent: job\ndata: %s\n\n" % (number, orjson.dumps(content))


@pytest.fixture(autouse=True)
def hurried_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_PAUSE_SECONDS", 0.0)


async def test_a_stream_is_followed_to_the_end(tmp_path: Path) -> None:
    streams = [b": hello\n\n" + event(1, record(5)) + event(2, record(9, "closed"))]
    async with telling(Teller(streams=streams), tmp_path) as somebody:
        ending = await somebody("jobs", "watch", JOB, "--json")
    assert ending.code == 0
    assert [line["progress"]["nodes_done"] for line in ending.lines] == [0, 5, 9]


async def test_a_stream_that_was_cut_goes_on_behind_its_last_event(tmp_path: Path) -> None:
    whole = event(7, record(5))
    streams = [whole + event(8, record(6))[:20], b"", event(9, record(9, "closed"))]
    teller = Teller(streams=streams)
    async with telling(teller, tmp_path) as somebody:
        ending = await somebody("jobs", "watch", JOB, "--json")
    assert ending.code == 0
    assert [line["progress"]["nodes_done"] for line in ending.lines] == [0, 5, 0, 0, 9]
    assert teller.asked_from == [None, "7", "7"]


async def test_events_may_come_in_any_pieces(tmp_path: Path) -> None:
    whole = b"|".join(bytes([each]) for each in event(1, record(5, "closed")).replace(b"\n", b"\r\n"))
    async with telling(Teller(streams=[whole]), tmp_path) as somebody:
        ending = await somebody("jobs", "watch", JOB, "--json")
    assert [line["status"] for line in ending.lines] == ["in_progress", "closed"]


async def test_an_ended_job_is_not_streamed(tmp_path: Path) -> None:
    async with telling(Teller(streams=[], now=record(3, "closed")), tmp_path) as somebody:
        ending = await somebody("jobs", "watch", JOB, JOB)
    assert ending.code == 0


async def test_a_gateway_that_is_away_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_PAUSE_SECONDS", 0.1)
    teller = Teller(streams=[event(1, record(5))])
    app = web.Application()
    app.router.add_get(f"/api/v1/jobs/{JOB}", teller.show)
    app.router.add_get(f"/api/v1/jobs/{JOB}/events", teller.stream)
    server = TestServer(app)
    await server.start_server()
    watching = asyncio.create_task(
        CommandLine.at(str(server.make_url("")), "gf_x", tmp_path)("jobs", "watch", JOB, "--json")
    )
    await teller.asked.wait()
    port = server.port
    await server.close()
    await asyncio.sleep(1)
    app = web.Application()
    teller.now = record(9, "closed")
    app.router.add_get(f"/api/v1/jobs/{JOB}", teller.show)
    async with TestServer(app, port=port):
        ending = await watching
    assert ending.code == 0, ending.messages
    assert ending.lines[-1]["status"] == "closed"


async def test_time_runs_out_for_who_waits_not_for_the_job(desk: Desk) -> None:
    ending = await desk.as_("admin")("export", "MyApp", "--database", "source", "--timeout", "0.5")
    (job,) = desk.jobs
    assert ending.code == 5
    assert f"graphferry jobs watch {job.id}" in ending.messages
    assert job.status is Status.CREATED


async def test_a_real_gateway_tells_of_a_change_at_once(desk: Desk) -> None:
    admin = desk.as_("admin")
    await admin("export", "MyApp", "--database", "source", "--no-wait")
    (job,) = desk.jobs
    watching = asyncio.create_task(admin("jobs", "watch", job.id, "--json"))
    await asyncio.sleep(0.5)
    await desk.end(job, Outcome(status=Status.CLOSED))
    async with asyncio.timeout(20):
        ending = await watching
    assert ending.code == 0
    assert [ending.lines[0]["status"], ending.lines[-1]["status"]] == ["created", "closed"]


async def test_a_log_is_followed_to_the_end(desk: Desk) -> None:
    admin = desk.as_("admin")
    await admin("export", "MyApp", "--database", "source", "--no-wait")
    (job,) = desk.jobs
    assert (await admin("jobs", "log", job.id)).output == ""
    log = desk.world.settings.logs_dir / "acme" / f"{job.id}.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text('{"event": "one"}\n')
    following_it = asyncio.create_task(admin("jobs", "log", job.id, "--follow"))
    await asyncio.sleep(0.5)
    with log.open("a") as file:
        file.write('{"event": "zwei ü"}\n')
    await desk.end(job)
    assert (await following_it).output == '{"event": "one"}\n{"event": "zwei ü"}\n'
