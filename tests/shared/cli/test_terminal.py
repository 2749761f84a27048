"""What a person at a terminal sees and can press."""

from __future__ import annotations

import asyncio
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from gateway.dialects.native.archives import endpoints
from shared.jobs.events import Event
from shared.jobs.record import Job, JobKind, Phase, Progress, Status
from shared.jobs.requests import InspectRequest
from shared.ports.jobs import WhenBusy
from tests.shared.cli.conftest import Desk
from tests.support.archives.small import make_archive
from tests.support.job_stores import make_job
from tests.support.terminals import CTRL_C, Terminal, open_terminal

COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9]")
SHOW_CURSOR = "\x1b[?25h"
ARCHIVE = make_archive("MyApp")


async def watch_at(
    desk: Desk,
    use: Callable[[Terminal], int],
    *words: str,
    columns: int = 100,
    term: str = "xterm-256color",
    **more: str,
) -> tuple[int, Terminal, Job]:
    """Watch a job that is half done at a terminal, and do something there."""
    admin = desk.as_("admin")
    await admin("export", "MyApp", "--database", "source", "--no-wait")
    (job,) = desk.jobs
    claim = await desk.world.jobs.claim(Event(job_id=job.id, attempt=job.attempt), "worker")
    assert claim is not None
    half = Progress(
        phase=Phase.NODES, nodes_done=1500, nodes_total=2000, relationships_done=0, relationships_total=1000
    )
    await desk.world.jobs.renew(claim, half)

    def sit() -> tuple[int, Terminal]:
        environ = {**admin.environ, **more}
        with open_terminal(environ, "jobs", "watch", job.id, *words, columns=columns, term=term) as terminal:
            return use(terminal), terminal

    code, terminal = await asyncio.to_thread(sit)
    return code, terminal, job


def interrupt(terminal: Terminal) -> int:
    terminal.see("nodes")
    terminal.type(CTRL_C)
    return terminal.end()


async def test_a_bar_shows_how_far_a_job_has_come(desk: Desk) -> None:
    _, terminal, _ = await watch_at(desk, interrupt)
    assert any("Export in source: nodes" in line and "1,500/3,000" in line for line in terminal.lines)
    assert "━" in terminal.raw
    assert COLOUR.search(terminal.raw)
    assert terminal.raw.rindex(SHOW_CURSOR) > terminal.raw.rindex("\x1b[?25l")


async def test_ctrl_c_leaves_the_job_alone_and_says_how_to_go_on(desk: Desk) -> None:
    code, terminal, job = await watch_at(desk, interrupt)
    assert code == 130
    assert f"graphferry jobs watch {job.id}" in terminal.raw.replace("\r\n", "")
    assert "Traceback" not in terminal.raw
    assert {each.split()[0] for each in desk.proxy.requests} == {"GET", "POST"}
    assert desk.jobs[0].cancel is None


def terminate(terminal: Terminal) -> int:
    terminal.see("nodes")
    terminal.process.terminate()
    return terminal.end()


@pytest.mark.parametrize(("end", "expected"), [(interrupt, 130), (terminate, 143)], ids=["Ctrl-C", "SIGTERM"])
async def test_who_wants_so_has_the_job_cancelled_by_what_interrupts(
    desk: Desk, end: Callable[[Terminal], int], expected: int
) -> None:
    code, terminal, _ = await watch_at(desk, end, "--cancel-on-interrupt")
    assert code == expected
    assert "is to be cancelled" in terminal.raw
    assert desk.jobs[0].cancel is not None


async def test_sigterm_leaves_the_job_alone_and_says_how_to_go_on(desk: Desk) -> None:
    code, terminal, job = await watch_at(desk, terminate)
    assert code == 143
    assert f"graphferry jobs watch {job.id}" in terminal.raw.replace("\r\n", "")
    assert desk.jobs[0].cancel is None


async def test_ctrl_c_cancels_the_job_of_an_inspection(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.world.archives.put("acme", "a.zip", ARCHIVE)
    monkeypatch.setattr(endpoints, "read_patience", lambda *_: 0)

    def sit() -> int:
        with open_terminal(desk.as_("admin").environ, "archives", "inspect", "a.zip") as terminal:
            terminal.see("takes long")
            terminal.type(CTRL_C)
            return terminal.end()

    assert await asyncio.to_thread(sit) == 130
    (job,) = desk.jobs
    assert job.status is Status.CANCELLED


async def test_a_bar_names_no_database_where_there_is_none(desk: Desk) -> None:
    request = InspectRequest(database="", archive_name="a.zip")
    new = make_job(kind=JobKind.INSPECT, database="", request=request)
    job = await desk.world.jobs.submit(new, when_busy=WhenBusy.QUEUE)

    def sit() -> int:
        with open_terminal(desk.as_("admin").environ, "jobs", "watch", job.id) as terminal:
            terminal.see("Inspect: waiting")
            terminal.type(CTRL_C)
            return terminal.end()

    assert await asyncio.to_thread(sit) == 130


async def test_no_color_takes_the_colour_away(desk: Desk) -> None:
    _, terminal, _ = await watch_at(desk, interrupt, NO_COLOR="1")
    assert "━" in terminal.raw
    assert not COLOUR.search(terminal.raw)


async def test_a_narrow_terminal_is_not_overrun(desk: Desk) -> None:
    _, terminal, _ = await watch_at(desk, interrupt, columns=40)
    drawn = [line.removesuffix("^C") for line in terminal.lines if "Export" in line]
    assert drawn
    assert max(map(len, drawn)) <= 40
    assert "50%" in terminal.raw


async def test_a_terminal_that_cannot_draw_gets_lines(desk: Desk) -> None:
    _, terminal, _ = await watch_at(desk, interrupt, term="dumb")
    assert "Export in source:  nodes  1,500/3,000" in terminal.raw
    assert "\x1b" not in terminal.raw


async def test_the_end_of_a_job_ends_the_bar(desk: Desk) -> None:
    loop = asyncio.get_running_loop()

    def see_the_end(terminal: Terminal) -> int:
        terminal.see("nodes")
        asyncio.run_coroutine_threadsafe(finish(), loop).result(10)
        return terminal.end()

    async def finish() -> None:
        (job,) = desk.jobs
        claim = await desk.world.jobs.claim(Event(job_id=job.id, attempt=job.attempt), "worker")
        assert claim is not None
        await desk.world.jobs.finish(claim, desk.closed)

    code, terminal, _ = await watch_at(desk, see_the_end)
    assert code == 0
    assert terminal.lines[-2].split() == ["MyApp", "2.1.0", "-", "60", "59"]


async def test_ctrl_c_in_a_download_keeps_what_has_come(desk: Desk, tmp_path: Path) -> None:
    content = random.Random(3).randbytes(5_000_000)
    desk.world.archives.put("acme", "big.zip", content)
    desk.proxy.slow = True
    environ = desk.as_("admin").environ
    target = tmp_path / "big.zip"
    words = ("archives", "download", "big.zip", "-o", str(target))

    def stop_and_go_on() -> bytes:
        with open_terminal(environ, *words) as terminal:
            terminal.see("MiB/4.8 MiB")
            terminal.type(CTRL_C)
            assert terminal.end() == 130
            assert "the same command goes on" in terminal.raw
        assert not target.exists()
        (part,) = tmp_path.glob(".big.zip.*.part")
        assert part.stat().st_size > 0
        desk.proxy.slow = False
        with open_terminal(environ, *words) as terminal:
            assert terminal.end() == 0
        return target.read_bytes()

    assert await asyncio.to_thread(stop_and_go_on) == content


async def test_a_key_is_asked_for_and_not_shown(desk: Desk) -> None:
    key = desk.world.keys["admin"]

    def log_in() -> Terminal:
        with open_terminal({"HOME": str(desk.home)}, "login", desk.proxy.url) as terminal:
            terminal.see("Key for")
            terminal.type(f"{key}\n")
            assert terminal.end() == 0
            return terminal

    terminal = await asyncio.to_thread(log_in)
    assert key not in terminal.raw
    stored = await asyncio.to_thread((desk.home / ".config" / "graphferry" / "profiles.json").read_bytes)
    assert orjson.loads(stored)["default"]["key"] == key


async def test_sigterm_gives_the_cursor_back(desk: Desk) -> None:
    code, terminal, _ = await watch_at(desk, terminate)
    assert code == 143
    assert terminal.raw.rindex(SHOW_CURSOR) > terminal.raw.rindex("\x1b[?25l")
    assert "Traceback" not in terminal.raw


@pytest.mark.parametrize(("words", "question"), [(("login",), "Key for"), (("archives", "delete", "a.zip"), "[y/N]")])
async def test_ctrl_c_ends_a_question(desk: Desk, words: tuple[str, ...], question: str) -> None:
    environ = desk.as_("admin").environ

    def refuse() -> tuple[int, Terminal]:
        with open_terminal(environ, *words) as terminal:
            terminal.see(question)
            terminal.type(CTRL_C)
            return terminal.end(), terminal

    code, terminal = await asyncio.to_thread(refuse)
    assert code == 130
    assert "Traceback" not in terminal.raw
    assert desk.proxy.requests == []


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 2), ("", 2)])
async def test_a_deletion_is_asked_about(desk: Desk, answer: str, code: int) -> None:
    desk.world.archives.put("acme", "a.zip", b"PK")
    environ = desk.as_("admin").environ

    def delete() -> int:
        with open_terminal(environ, "archives", "delete", "a.zip") as terminal:
            terminal.see("[y/N]")
            terminal.type(f"{answer}\n")
            return terminal.end()

    assert await asyncio.to_thread(delete) == code
    assert len(await desk.world.archives.list_archives("acme")) == (0 if answer == "y" else 1)


async def test_names_cannot_command_the_terminal(desk: Desk) -> None:
    desk.world.databases["target"].add_node(["Application"], {"Name": "\x1b[31mRed\x1b]0;title\x07\u202e"})
    environ = desk.as_("admin").environ

    def look() -> Terminal:
        with open_terminal(environ, "applications", "list", "--database", "target") as terminal:
            assert terminal.end() == 0
            return terminal

    terminal = await asyncio.to_thread(look)
    assert "\x1b[31mRed" not in terminal.raw
    assert "\x1b]" not in terminal.raw
    assert "Red" in terminal.raw


async def test_a_reader_who_has_enough_is_no_failure_to_tell_of(desk: Desk) -> None:
    environ = desk.as_("admin").environ
    for number in range(300):
        desk.world.archives.put("acme", f"{number:03}-{'x' * 150}.zip", b"PK")

    def read_one() -> tuple[bytes, bytes]:
        command = [sys.executable, "-m", "shared.cli", "archives", "list", "--json"]
        process = subprocess.Popen(command, env=dict(environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read()
        process.stderr.close()
        process.wait(30)
        return line, told

    line, told = await asyncio.to_thread(read_one)
    assert orjson.loads(line)["name"].startswith("000-")
    assert told == b""
