"""Databases are judged by what they say themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from typing_extensions import override

from infra.engines.versions import CURRENT, LTS
from shared.checkup import databases
from shared.checkup.databases import check_databases
from shared.checkup.findings import State
from shared.errors import DatabaseUnavailableError
from shared.ports.graph_source import ClusterMember
from tests.shared.checkup.states import states
from tests.support.memory.graph.data import MemoryDatabase
from tests.support.memory.graph.source import MemorySource


class Server(MemorySource):
    version = CURRENT

    @override
    async def engine_version(self) -> str:
        return self.version


class AwayServer(MemorySource):
    @override
    async def engine_version(self) -> str:
        raise DatabaseUnavailableError(f"Database {self.database!r} does not let us in.")

    @override
    async def read_database_id(self) -> str:
        raise AssertionError("asked again")


class SilentServer(MemorySource):
    @override
    async def engine_version(self) -> str:
        await asyncio.sleep(60)
        return "never"


def make_server(name: str, *, data: str | None = None, kind: type[MemorySource] = Server) -> MemorySource:
    return kind(MemoryDatabase(name=data or name), name=name)


async def test_an_engine_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "ANSWER_SECONDS", 0.0)
    (found,) = await check_databases([make_server("source", kind=SilentServer)])
    assert (found.state, found.message) == (State.FAILED, "no answer within 0 seconds")


async def test_databases_are_told_one_by_one() -> None:
    found = await check_databases([make_server("source"), make_server("lost", kind=AwayServer)])
    assert states(found) == {
        "database source": State.OK,
        "database source: writes": State.OK,
        "database lost": State.FAILED,
    }
    assert CURRENT in found[0].message
    assert "does not let us in" in found[2].message


async def test_two_names_of_one_database_are_warned_of() -> None:
    found = await check_databases([make_server("one", data="x"), make_server("other"), make_server("two", data="x")])
    (warning,) = [each for each in found if each.state is not State.OK]
    assert warning.state is State.WARNING
    assert warning.message.startswith("one, two lead to one database")


async def test_no_databases_are_warned_of() -> None:
    (found,) = await check_databases([])
    assert (found.state, "GRAPHFERRY_DATABASES" in found.message) == (State.WARNING, True)


@pytest.mark.parametrize(
    ("version", "state"),
    [
        (CURRENT, State.OK),
        (LTS, State.OK),
        ("5.25.1", State.FAILED),
        ("4.4.40", State.FAILED),
        ("5.27-aura", State.WARNING),
        ("2025.01.0", State.WARNING),
        ("2027.1.0", State.WARNING),
        ("next", State.WARNING),
    ],
)
def test_versions(version: str, state: State) -> None:
    assert databases.judge_version(version) is state


class ReadOnlyServer(Server):
    @override
    async def find_write_refusal(self) -> str | None:
        return "it is online, read-only"


class ClusteredServer(Server):
    members: Sequence[ClusterMember] = ()

    @override
    async def list_members(self) -> Sequence[ClusterMember]:
        return self.members


def member(address: str, **roles: bool) -> ClusterMember:
    return ClusterMember(address=address, **{"leads": False, "reads": False, "exports": False, **roles})


@pytest.mark.parametrize(
    ("members", "state", "told"),
    [
        (
            [member("a:7687", leads=True, exports=True), member("b:7687", reads=True)],
            State.OK,
            "a:7687 leads, exports read from it; b:7687 serves reads",
        ),
        ([member("a:7687", leads=True)], State.WARNING, "a:7687 leads. None serves reads"),
    ],
)
async def test_members_of_a_cluster_are_told(
    monkeypatch: pytest.MonkeyPatch, members: Sequence[ClusterMember], state: State, told: str
) -> None:
    monkeypatch.setattr(ClusteredServer, "members", members)
    *_, found = await check_databases([make_server("source", kind=ClusteredServer)])
    assert (found.part, found.state) == ("database source: members", state)
    assert found.message.startswith(told)


async def test_a_database_that_takes_no_writes() -> None:
    (_, writes) = await check_databases([make_server("source", kind=ReadOnlyServer)])
    assert (writes.part, writes.state) == ("database source: writes", State.WARNING)
    assert "it is online, read-only. It can be exported from" in writes.message
