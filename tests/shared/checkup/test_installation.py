"""What is wrong with a real installation is named, each by its part and with what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis import Redis

from infra.engines.ports import choose_port
from shared.adapters.valkey import addresses
from shared.adapters.valkey.client import open_valkey
from shared.adapters.valkey.rights import COMMANDS, NOT_TRIED, list_missing_rights
from shared.checkup.findings import Finding, State
from shared.checkup.installation import check_installation
from shared.settings.databases import DatabaseSettings
from tests.support.least_rights import as_owner, make_user, read_rights
from tests.support.proxies import write_certificate


@dataclass(slots=True, kw_only=True)
class Installation:
    """What a process is told, of which a mistake changes something."""

    variables: dict[str, str]
    databases: dict[str, dict[str, Any]]
    folder: Path
    server: Redis
    undo: list[Callable[[], object]] = field(default_factory=list)

    @property
    def environ(self) -> Mapping[str, str]:
        named = {**self.variables, "DATABASES": orjson.dumps(self.databases).decode()}
        return {f"GRAPHFERRY_{name}": value for name, value in named.items()}

    def configure(self, name: str, value: str) -> None:
        kept: Any = self.server.config_get(name)
        before = kept[name]
        self.server.config_set(name, value)
        self.undo.append(lambda: self.server.config_set(name, before))


@pytest.fixture
def installation(valkey_url: str, neo4j_2026: DatabaseSettings, tmp_path: Path) -> Iterator[Installation]:
    with Redis.from_url(as_owner(valkey_url), decode_responses=True) as server:
        made = Installation(
            variables={"VALKEY_URL": valkey_url, "DATA_DIR": str(tmp_path / "data"), "INSTALLATION": "ours"},
            databases={"source": neo4j_2026.reveal()},
            folder=tmp_path,
            server=server,
        )
        (tmp_path / "data" / "archives").mkdir(parents=True)
        try:
            yield made
        finally:
            for undo in made.undo:
                undo()


def lack(*rights: str) -> Callable[[Installation], None]:
    def plant(given: Installation) -> None:
        given.variables["VALKEY_URL"] = make_user(given.variables["VALKEY_URL"], "ours", without=rights)

    return plant


def configure(name: str, value: str) -> Callable[[Installation], None]:
    return lambda given: given.configure(name, value)


def name_variable(name: str, value: str) -> Callable[[Installation], None]:
    return lambda given: given.variables.update({name: value})


def describe(**changes: Any) -> Callable[[Installation], None]:
    return lambda given: given.databases["source"].update(changes)


def refuse_port(given: Installation) -> None:
    given.databases["source"]["uri"] = f"bolt://127.0.0.1:{choose_port()}"


def forget_user(given: Installation) -> None:
    """Have a server that asks for a password, and an address that has none."""
    given.configure("requirepass", "s3cret")
    given.variables["VALKEY_URL"] = as_owner(given.variables["VALKEY_URL"])


def refuse_store(given: Installation) -> None:
    given.variables["VALKEY_URL"] = f"redis://127.0.0.1:{choose_port()}/0"


def name_twice(given: Installation) -> None:
    given.databases["again"] = given.databases["source"]


def put_file_in_place(name: str) -> Callable[[Installation], None]:
    def plant(given: Installation) -> None:
        (given.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (given.folder / name).touch()
        given.variables["DATA_DIR"] = str(given.folder / name)

    return plant


def let_certificate_end(given: Installation) -> None:
    file = given.folder / "ca.pem"
    write_certificate(file, lasts=timedelta(days=-1))
    given.variables.update(VALKEY_URL="rediss://127.0.0.1:1", VALKEY_CA_FILE=str(file))


def put_file_in_place_of_archives(given: Installation) -> None:
    folder = given.folder / "data" / "archives"
    folder.rmdir()
    folder.touch()


MISTAKES: Mapping[str, tuple[Callable[[Installation], object], str, State, str]] = {
    "no store": (refuse_store, "store", State.FAILED, "ConnectionError"),
    "a store's password": (
        forget_user,
        "store",
        State.FAILED,
        "Authentication required",
    ),
    "a right to a command": (lack("+xadd"), "store: rights", State.FAILED, "+xadd"),
    "a right in a script": (lack("+zremrangebylex"), "store: rights", State.FAILED, "+zremrangebylex"),
    "the right to look into the server": (lack("+info"), "store: rights", State.FAILED, "+info"),
    "two rights": (lack("+hset", "+publish"), "store: rights", State.FAILED, "+hset +publish"),
    "keys": (lack("~{ours}:*"), "store: rights", State.FAILED, "~{ours}:*"),
    "channels": (lack("&{ours}:*"), "store: rights", State.FAILED, "&{ours}:*"),
    "nothing on disk": (configure("appendonly", "no"), "store: durability", State.FAILED, "appendonly yes"),
    "eviction": (
        configure("maxmemory-policy", "allkeys-lru"),
        "store: eviction",
        State.FAILED,
        "maxmemory-policy noeviction",
    ),
    "no replica": (
        name_variable("VALKEY_REPLICAS", "1"),
        "store: replicas",
        State.FAILED,
        "0 follow it, with GRAPHFERRY_VALKEY_REPLICAS=1",
    ),
    "too few replicas to write": (
        configure("min-replicas-to-write", "1"),
        "store: writes",
        State.FAILED,
        "NOREPLICAS",
    ),
    "no memory": (configure("maxmemory", "1"), "store: writes", State.FAILED, "maxmemory"),
    "no database server": (refuse_port, "database source", State.FAILED, "out of reach"),
    "a database's password": (describe(password="wrong"), "database source", State.FAILED, "does not admit us"),
    "a database's name": (describe(database="nosuch"), "database source", State.FAILED, "nosuch"),
    "a database under two names": (name_twice, "database names", State.WARNING, "source, again lead to one database"),
    "a file for the data folder": (put_file_in_place("file"), "folder", State.FAILED, "no file can be made"),
    "a file for the archives": (put_file_in_place_of_archives, "folder", State.FAILED, "/data/archives"),
    "a store of a later version": (
        lambda given: given.server.set("{ours}:schema", 99),
        "store",
        State.FAILED,
        "{ours}:schema",
    ),
    "an authority that ended": (let_certificate_end, "store: authorities", State.WARNING, "ended on"),
    "a scheme": (name_variable("VALKEY_URL", "http://h"), "settings", State.FAILED, "GRAPHFERRY_VALKEY_URL"),
    "an option": (name_variable("VALKEY_URL", "redis://h?ssl_ca=x"), "settings", State.FAILED, "GRAPHFERRY_VALKEY_URL"),
    "a file that is not there": (
        lambda given: given.variables.update(VALKEY_URL="rediss://h", VALKEY_CA_FILE="/nowhere.pem"),
        "settings",
        State.FAILED,
        "GRAPHFERRY_VALKEY_CA_FILE",
    ),
    "an unknown variable": (name_variable("VALKEY_UR", "x"), "settings", State.FAILED, "GRAPHFERRY_VALKEY_UR"),
    "an unknown field of a database": (
        describe(pasword="x"),
        "settings",
        State.FAILED,
        "GRAPHFERRY_DATABASES.source.pasword",
    ),
    "a database's scheme": (describe(uri="http://h"), "settings", State.FAILED, "GRAPHFERRY_DATABASES"),
    "a number": (name_variable("LEASE_SECONDS", "soon"), "settings", State.FAILED, "GRAPHFERRY_LEASE_SECONDS"),
}


async def test_a_good_installation(installation: Installation) -> None:
    found = await check_installation(installation.environ)
    assert [each for each in found if each.state is not State.OK and each.part != "store: durability"] == []


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_each_mistake_is_named(installation: Installation, mistake: str) -> None:
    plant, part, state, words = MISTAKES[mistake]
    plant(installation)
    found = await check_installation(installation.environ)
    named = [each for each in found if each.part.startswith(part) and each.state is state]
    assert any(words in f"{each.part} {each.message}" for each in named), tell(found)


@dataclass(slots=True)
class Waits:
    """A clock that only waiting moves."""

    seconds: float = 0.0

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


async def test_sentinels_that_are_away_are_waited_for_once(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = Waits()
    monkeypatch.setattr(addresses, "time", waits)
    monkeypatch.setattr(addresses, "asyncio", waits)
    installation.variables["VALKEY_URL"] = f"redis+sentinel://127.0.0.1:{choose_port()}/store/0"
    found = await check_installation(installation.environ)
    assert "MasterNotFoundError" in tell([each for each in found if each.part == "store"])
    assert waits.seconds < 1.5 * addresses.NOT_NOW_SECONDS


async def test_a_store_of_a_later_version_hides_nothing_else(installation: Installation) -> None:
    installation.server.set("{ours}:schema", 99)
    found = await check_installation(installation.environ)
    assert {each.part for each in found} >= {"settings", "store", "database source"}


def tell(found: Sequence[Finding]) -> str:
    return "\n".join(f"{each.part}: {each.state} {each.message}" for each in found)


async def test_nothing_is_changed(installation: Installation) -> None:
    await check_installation(installation.environ)
    assert installation.server.keys("*") == []
    assert list(installation.folder.iterdir()) == [installation.folder / "data"]


def test_the_rights_that_are_tried_are_those_of_the_documentation() -> None:
    given = {each.removeprefix("+") for each in read_rights("ours") if each.startswith("+")}
    assert COMMANDS.keys() | NOT_TRIED | {"multi", "exec", "discard", "watch", "unwatch"} == given


@pytest.mark.parametrize("right", [*sorted(COMMANDS), "multi", "exec", "discard", "watch", "unwatch"])
async def test_each_right_that_is_missing_is_told(valkey_url: str, right: str) -> None:
    url = make_user(valkey_url, "ours", without=[f"+{right}"])
    async with open_valkey(url) as client:
        assert await list_missing_rights(client, ["{ours}:"]) == [f"+{right}"]
    with Redis.from_url(as_owner(valkey_url)) as server:
        assert server.keys("*") == []


@pytest.mark.parametrize("kind", ["~", "&"])
async def test_a_name_that_would_be_a_pattern_is_told_as_it_must_be_given(valkey_url: str, kind: str) -> None:
    name = "odd*name[1]"
    (pattern,) = [each for each in read_rights(name) if each.startswith(kind)]
    for without in ([pattern], []):
        async with open_valkey(make_user(valkey_url, name, without=without)) as client:
            assert await list_missing_rights(client, [f"{{{name}}}:"]) == without
