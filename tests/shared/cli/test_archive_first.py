"""What is deleted or overwritten is written into an archive first, and is taken back by the command that is told."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from shared.cli.archive_first import wants_archive
from shared.cli.errors import UsageError
from shared.cli.options import Patience
from shared.cli.shell import Shell
from shared.jobs.record import JobKind, Outcome, Status
from tests.shared.cli.conftest import Desk
from tests.shared.cli.test_display import Screen
from tests.support.command_line import Ending
from tests.support.terminals import Terminal, open_terminal

BACK = re.compile(r"to take it back: graphferry (.*)")
DELETE = ("applications", "delete", "MyApp", "--database")


@asynccontextmanager
async def working(desk: Desk) -> AsyncIterator[None]:
    """Be the worker for a while."""

    async def work() -> None:
        while True:
            await desk.world.work()
            await asyncio.sleep(0.01)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()


async def list_versions(desk: Desk, database: str) -> list[str]:
    listed = await desk.as_("admin")("applications", "list", "--database", database, "--json")
    return sorted(f"{each['name']} {each['version']}" for each in listed.lines)


async def take_back(desk: Desk, ending: Ending) -> Ending:
    """Give the command that was told."""
    (told,) = BACK.findall(ending.messages)
    return await desk.as_("admin")(*shlex.split(told), "--no-archive-first")


async def test_a_deletion_is_taken_back_with_all_versions(desk: Desk) -> None:
    admin = desk.as_("admin")
    async with working(desk):
        stored = (await admin("export", "MyApp", "--database", "source", "--file-name", " My Orders.zip")).output
        bring = "import", stored.removesuffix("\n"), "--stored", "--database", "target"
        for more in ((), ("--on-conflict", "add_version")):
            assert (await admin(*bring, *more)).code == 0
        before = await list_versions(desk, "target")
        assert len(before) == 2
        ending = await admin(*DELETE, "target", "--archive-first", "--yes")
        assert (ending.code, await list_versions(desk, "target")) == (0, [])
        assert (await take_back(desk, ending)).code == 0
    assert await list_versions(desk, "target") == before


async def test_one_version_beside_others_comes_back_as_another_version(desk: Desk) -> None:
    admin = desk.as_("admin")
    async with working(desk):
        for more in ((), ("--on-conflict", "add_version")):
            assert (await admin("copy", "source", "target", "MyApp", *more)).code == 0
        ending = await admin(*DELETE, "target", "--version", "2.1.0", "--archive-first", "--yes")
        assert await list_versions(desk, "target") == ["MyApp 2.2.0"]
        assert "--on-conflict add_version" in ending.messages
        assert (await take_back(desk, ending)).code == 0
    assert await list_versions(desk, "target") == ["MyApp 2.2.0", "MyApp 2.3.0"]


@pytest.mark.parametrize("words", [("copy", "source", "target", "MyApp"), ("import", "a.zip", "--stored")])
async def test_what_was_overwritten_is_taken_back(desk: Desk, words: tuple[str, ...]) -> None:
    admin = desk.as_("admin")
    desk.world.databases["target"].add_node(["Application"], {"Name": "MyApp", "Version": "0.1.0"})
    place = () if words[0] == "copy" else ("--database", "target")
    async with working(desk):
        assert (await admin("export", "MyApp", "--database", "source", "--file-name", "a.zip")).code == 0
        ending = await admin(*words, *place, "--on-conflict", "overwrite", "--archive-first")
        assert (ending.code, await list_versions(desk, "target")) == (0, ["MyApp 2.1.0"])
        assert (await take_back(desk, ending)).code == 0
    assert await list_versions(desk, "target") == ["MyApp 0.1.0"]


async def test_where_nothing_is_overwritten_nothing_is_written(desk: Desk) -> None:
    async with working(desk):
        words = ("copy", "source", "target", "MyApp", "--on-conflict", "overwrite")
        assert (await desk.as_("admin")(*words, "--archive-first", "--dry-run")).code == 0
        ending = await desk.as_("admin")(*words, "--archive-first")
    assert (ending.code, "take it back" in ending.messages) == (0, False)
    assert [job.kind for job in desk.jobs] == [JobKind.COPY] * 2


async def test_an_archive_that_fails_stops_the_deletion(desk: Desk) -> None:
    asked = asyncio.create_task(desk.as_("admin")(*DELETE, "source", "--archive-first", "--yes"))
    while not desk.jobs:  # noqa: ASYNC110 - the store tells nobody
        await asyncio.sleep(0.01)
    await desk.end(desk.jobs[0], Outcome(status=Status.FAILED))
    ending = await asked
    assert ending.code == 1
    assert "nothing was changed; --no-archive-first" in ending.messages
    assert [job.kind for job in desk.jobs] == [JobKind.EXPORT]


async def test_scripts_get_no_archive_unless_they_say_so(desk: Desk) -> None:
    async with working(desk):
        ending = await desk.as_("admin")(*DELETE, "source", "--yes")
    assert (ending.code, [job.kind for job in desk.jobs]) == (0, [JobKind.DELETE])


async def test_a_person_at_a_terminal_gets_an_archive_and_is_told_so_before(desk: Desk) -> None:
    environ = desk.as_("admin").environ

    def delete() -> Terminal:
        with open_terminal(environ, *DELETE, "source") as terminal:
            terminal.see("An archive of it is written first. [y/N]")
            terminal.type("y\n")
            assert terminal.end() == 0, terminal.raw
            return terminal

    async with working(desk):
        terminal = await asyncio.to_thread(delete)
    assert "First an archive of MyApp 2.1.0 is written" in terminal.raw
    assert "to take it back: graphferry import" in terminal.raw
    assert [job.kind for job in desk.jobs] == [JobKind.EXPORT, JobKind.DELETE]


async def test_a_person_may_do_without(desk: Desk) -> None:
    environ = desk.as_("admin").environ

    def delete() -> None:
        with open_terminal(environ, *DELETE, "source", "--no-archive-first") as terminal:
            terminal.see("it cannot be taken back. [y/N]")
            terminal.type("y\n")
            assert terminal.end() == 0, terminal.raw

    async with working(desk):
        await asyncio.to_thread(delete)
    assert [job.kind for job in desk.jobs] == [JobKind.DELETE]


@pytest.mark.parametrize(
    ("patience", "more", "wanted"),
    [
        (Patience(), {}, True),
        (Patience(wait=False), {}, False),
        (Patience(), {"key": "run-7"}, False),
    ],
)
def test_what_does_not_wait_gets_no_archive_by_itself(
    patience: Patience, more: Mapping[str, str], wanted: bool
) -> None:
    shell = Shell(environ={}, input=Screen(), output=Screen(), messages=Screen())
    assert wants_archive(shell, None, patience, **more) is wanted
    assert not wants_archive(shell, False, patience, **more)
    if not wanted:
        with pytest.raises(UsageError):
            wants_archive(shell, True, patience, **more)
