"""Each part of an installation is judged by what it says itself."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from infra.engines.versions import CURRENT, LTS
from shared import checkup
from shared.checkup import (
    NO_EVICTION,
    Finding,
    State,
    check_data_folders,
    check_databases,
    check_folders,
    check_installation,
    check_store,
    tell_encryption,
)
from shared.errors import DatabaseUnavailableError, StoreUnavailableError
from shared.ports.archives import FolderFacts
from shared.ports.jobs import Keeping
from shared.settings.process import Settings
from tests.support.memory.archives import MemoryArchives
from tests.support.memory.graph.data import MemoryDatabase
from tests.support.memory.graph.source import MemorySource
from tests.support.memory.jobs import MemoryJobStore


class OddStore(MemoryJobStore):
    is_durable = True
    keeping = Keeping(refusal=None, eviction=NO_EVICTION, is_appended=True)

    @override
    async def read_keeping(self) -> Keeping:
        return self.keeping

    @override
    async def confirms_durability(self) -> bool:
        return self.is_durable


class AwayStore(MemoryJobStore):
    @override
    async def read_clock(self) -> datetime:
        raise StoreUnavailableError("The job store is away.")


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


def states(found: list[Finding] | tuple[Finding, ...]) -> dict[str, State]:
    return {each.part: each.state for each in found}


async def test_a_good_store() -> None:
    found = await check_store(OddStore())
    assert states([*found]) == {
        "store": State.OK,
        "store: writes": State.OK,
        "store: durability": State.OK,
        "store: eviction": State.OK,
        "store: clock": State.OK,
    }


async def test_a_store_that_keeps_nothing_on_disk() -> None:
    store = OddStore()
    store.is_durable = False
    found = await check_store(store)
    (durability,) = [each for each in found if each.state is not State.OK]
    assert durability.state is State.FAILED
    assert "appendonly" in durability.message


@pytest.mark.parametrize(
    ("keeping", "part", "state", "words"),
    [
        (
            {"eviction": "allkeys-lru"},
            "store: eviction",
            State.FAILED,
            "allkeys-lru.*`maxmemory-policy noeviction`",
        ),
        ({"eviction": None}, "store: eviction", State.WARNING, "maxmemory-policy noeviction"),
        ({"refusal": "READONLY of a replica"}, "store: writes", State.FAILED, "READONLY of a replica"),
        ({"is_appended": False}, "store: durability", State.FAILED, "append-only file failed"),
    ],
)
async def test_a_store_that_would_lose_or_refuse_records(
    keeping: dict[str, Any], part: str, state: State, words: str
) -> None:
    store = OddStore()
    store.keeping = replace(store.keeping, **keeping)
    (found,) = [each for each in await check_store(store) if each.state is not State.OK]
    assert (found.part, found.state) == (part, state)
    assert re.search(words, found.message)


def test_what_is_kept_besides_archives(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = check_data_folders(tmp_path / "data", tmp_path / "file" / "logs")
    assert [each.state for each in found] == [State.OK, State.FAILED]
    assert str(tmp_path / "file") in found[1].message


@pytest.mark.parametrize(
    ("ahead", "message"),
    [(7, "this machine's clock is 7 s behind the store's"), (-3600, "this machine's clock is 3600 s ahead of the")],
)
async def test_a_store_with_another_clock(ahead: float, message: str) -> None:
    (*_, clock) = await check_store(OddStore(clock=lambda: datetime.now(UTC) + timedelta(seconds=ahead)))
    assert clock.state is State.WARNING
    assert message in clock.message


async def test_a_store_out_of_reach() -> None:
    assert await check_store(AwayStore()) == [
        Finding(part="store", state=State.FAILED, message="The job store is away.")
    ]


async def test_an_engine_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "ANSWER_SECONDS", 0.0)
    (found,) = await check_databases([make_server("source", kind=SilentServer)])
    assert (found.state, found.message) == (State.FAILED, "no answer within 0 seconds")


async def test_databases_are_told_one_by_one() -> None:
    found = await check_databases([make_server("source"), make_server("lost", kind=AwayServer)])
    assert states([*found]) == {"database source": State.OK, "database lost": State.FAILED}
    assert CURRENT in found[0].message
    assert "does not let us in" in found[1].message


async def test_two_names_of_one_database_are_warned_of() -> None:
    found = await check_databases([make_server("one", data="x"), make_server("other"), make_server("two", data="x")])
    assert states([*found][:3]) == dict.fromkeys(("database one", "database other", "database two"), State.OK)
    (warning,) = found[3:]
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
    assert checkup.judge_version(version) is state


async def test_folders(tmp_path: Path) -> None:
    archives = MemoryArchives(tmp_path)
    archives.folders = [
        FolderFacts(path=Path("/a"), fault=None, is_elsewhere=False),
        FolderFacts(path=Path("/a/acme"), fault=None, is_elsewhere=True),
        FolderFacts(path=Path("/a/globex"), fault="read-only", is_elsewhere=False),
    ]
    found = await check_folders(archives)
    assert states([*found]) == {
        "folder /a": State.OK,
        "folder /a/acme": State.WARNING,
        "folder /a/globex": State.FAILED,
    }
    assert found[2].message == "read-only"


async def test_wrong_settings_are_all_that_is_told() -> None:
    (found,) = await check_installation({"GRAPHFERRY_PORT": "many"})
    assert (found.part, found.state) == ("settings", State.FAILED)
    assert "GRAPHFERRY_PORT" in found.message


def test_what_others_can_read_is_told() -> None:
    uris = {"open": "bolt://h", "safe": "neo4j+s://h", "blind": "bolt+ssc://h"}
    databases = {name: {"uri": uri} for name, uri in uris.items()}
    url = "rediss://h?ssl_cert_reqs=none"
    found = tell_encryption(Settings.model_validate({"valkey_url": url, "databases": databases}))
    assert states([*found]) == {
        "store: encryption": State.WARNING,
        "database open: encryption": State.OK,
        "database safe: encryption": State.OK,
        "database blind: encryption": State.WARNING,
    }
    assert [each.message.partition(" ")[0] for each in found] == ["TLS", "none:", "TLS,", "TLS"]
