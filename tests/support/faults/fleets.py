"""Gateways and workers over one store, each of which may run another version.

They share a data folder; with archives in a bucket each has an empty one of its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import orjson
from neo4j import GraphDatabase

from infra.engines.ports import LOOPBACK, choose_port
from infra.engines.process import Process, start_process
from infra.engines.versions import CURRENT
from shared.settings.databases import DatabaseSettings
from shared.settings.process import PREFIX, Settings
from tests.support.comparer import Place
from tests.support.faults.valkey import FaultValkey, open_fault_valkey
from tests.support.faults.versions import Version
from tests.support.full_volumes import on_small_volume
from tests.support.stacks.engines import SessionEngines
from tests.support.stacks.stacks import Stack

DATABASE = "current"
INSTALLATION = "fleet"
PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 0.05

_GRANT = """
import asyncio, os, sys
from pathlib import Path
from infra.stack.access import grant_access
from infra.stack.keyring import Keyring
from shared.resources import Settings, open_identity

async def main():
    file, tenants = sys.argv[1:]
    settings, keyring = Settings.from_environ(os.environ), Keyring.open(Path(file), tenants=tenants.split(","))
    async with open_identity(settings) as identity:
        await grant_access(identity, keyring, databases=tuple(settings.databases))

asyncio.run(main())
"""
"""Makes tenants, users and keys, in the way of the version that runs it."""


@dataclass(slots=True, kw_only=True)
class Room:
    """A gateway or a worker, of one version after another."""

    name: str
    settings: Mapping[str, str]
    """By name, without the prefix."""
    folder: Path
    version: Version
    before: Sequence[str] = ()
    """What stands before its command."""
    process: Process | None = None

    @property
    def is_gateway(self) -> bool:
        return self.name.startswith("gateway")

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.settings['PORT']}"

    @property
    def metrics_url(self) -> str:
        return f"http://{LOOPBACK}:{self.settings['METRICS_PORT']}/metrics"

    @property
    def pid(self) -> int:
        assert self.process is not None, f"{self.name} does not run"
        return self.process.pid

    def start(self, version: Version) -> None:
        """Start it, and wait until it serves."""
        module = "gateway" if self.is_gateway else "handlers"
        self.version = version
        self.process = start_process(
            self.name,
            [*self.before, sys.executable, "-m", module],
            log=self.folder / f"{self.name}.log",
            environ=make_environ(version, self.settings),
            folder=version.tree,
        )
        wait_for(self._serves, f"{self.name} ({version.name}) does not serve")

    def become(self, version: Version) -> None:
        """Have it run this version, whatever it runs now."""
        if self.process is None or self.version is not version:
            self.stop()
            self.start(version)

    def _serves(self) -> bool:
        assert self.process is not None
        assert self.process.is_alive, self.process.read_log_tail()
        if not self.is_gateway:
            return b'"worker started"' in self.process.log.read_bytes()
        try:
            with urlopen(f"{self.url}/livez", timeout=30) as answer:
                return bool(answer.status == 200)
        except URLError as error:
            if not isinstance(error.reason, ConnectionError):
                raise
            return False

    def stop(self, signum: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end, and wait until it has."""
        if self.process is None:
            return
        self.process.popen.send_signal(signum)
        code = self.process.popen.wait(PATIENCE_SECONDS)
        assert code == 0, f"{self.name} ({self.version.name}) ended with {code}:\n{self.process.read_log_tail()}"
        self.process = None

    def kill(self) -> None:
        """End it at once, in the middle of whatever it does."""
        assert self.process is not None, f"{self.name} does not run"
        self.process.kill()
        self.process = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The rooms, and what they share."""

    folder: Path
    settings: Settings
    database: DatabaseSettings
    valkey: FaultValkey
    keys: Mapping[str, Mapping[str, str]]
    """Tenant → user → key."""
    rooms: Mapping[str, Room] = field(default_factory=dict)

    @property
    def gateways(self) -> Sequence[Room]:
        return [room for room in self.rooms.values() if room.is_gateway]

    @property
    def workers(self) -> Sequence[Room]:
        return [room for room in self.rooms.values() if not room.is_gateway]

    def client(self, gateway: Room) -> Stack:
        """One of the gateways, as clients see it."""
        return Stack({"gateway": gateway.url, "tenants": {name: {"keys": keys} for name, keys in self.keys.items()}})

    def has_attempted(self, pid: int) -> bool:
        """Whether the worker of this process has begun to work on a job."""
        logs = self.settings.logs_dir.glob("*/*.jsonl")
        return any(f':{pid}"'.encode() in each.read_bytes() for each in logs)

    def query(self, statement: str, **parameters: Any) -> None:
        auth = (self.database.user, self.database.password.get_secret_value())
        with GraphDatabase.driver(self.database.uri, auth=auth) as driver, driver.session() as session:
            session.run(statement, **parameters).consume()

    def place(self, label: str) -> Place:
        password = self.database.password.get_secret_value()
        return Place(self.database.uri, self.database.user, password, label, self.database.database)


def make_environ(version: Version, settings: Mapping[str, str]) -> dict[str, str]:
    """Make the variables of a process."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    given = {f"{PREFIX}{name}": value for name, value in {**settings, **version.settings}.items()}
    return {**inherited, **given, "PYTHONPATH": str(version.tree)}


def wait_for(condition: Callable[[], bool], told: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, told
        time.sleep(LOOK_SECONDS)


@contextmanager
def open_fleet(
    folder: Path,
    engines: SessionEngines,
    *,
    version: Version,
    tenants: Sequence[str],
    settings: Mapping[str, str],
    volume_bytes: int = 0,
) -> Iterator[Fleet]:
    """Start two gateways and two workers of one version over the session's Neo4j, and stop them at the end.

    If a size of a volume is given, each gateway has one of its own in the place of the folder of archives.
    """
    with open_fault_valkey(folder / "valkey") as valkey:
        database = engines.neo4j(CURRENT)
        shared = {
            "INSTALLATION": INSTALLATION,
            # The version before writes its keys without a tag, and this one goes on with them.
            "VALKEY_URL": valkey.admit(INSTALLATION, of_before=True),
            "DATA_DIR": str(folder / "data"),
            "DATABASES": orjson.dumps({DATABASE: _describe(database)}).decode(),
            "PUBLIC_URL": "http://fleet.example",
            **settings,
        }
        read = Settings.from_environ({f"{PREFIX}{name}": value for name, value in shared.items()})
        before = on_small_volume(read.archives_dir, volume_bytes) if volume_bytes else ()
        fleet = Fleet(
            folder=folder,
            settings=read,
            database=database,
            valkey=valkey,
            keys=_grant_access(folder, version, shared, tenants),
            rooms={name: _make_room(name, folder, version, shared, before) for name in _NAMES},
        )
        try:
            for room in fleet.rooms.values():
                room.start(version)
            yield fleet
        finally:
            for room in fleet.rooms.values():
                if room.process is not None:
                    room.process.stop()


_NAMES = ("gateway-1", "gateway-2", "worker-1", "worker-2")


def _make_room(
    name: str, folder: Path, version: Version, shared: Mapping[str, str], before_gateways: Sequence[str]
) -> Room:
    is_gateway = name.startswith("gateway")
    own = {"PORT": str(choose_port()), "METRICS_PORT": str(choose_port())} if is_gateway else {}
    if "ARCHIVES" in shared:
        own |= {"DATA_DIR": str(folder / name / "data"), "SCRATCH_DIR": str(folder / name / "scratch")}
    before = before_gateways if is_gateway else ()
    return Room(name=name, settings={**shared, **own}, folder=folder, version=version, before=before)


def _describe(database: DatabaseSettings) -> dict[str, str]:
    """Give what every version knows."""
    password = database.password.get_secret_value()
    return {"uri": database.uri, "user": database.user, "password": password, "database": database.database}


def _grant_access(
    folder: Path, version: Version, settings: Mapping[str, str], tenants: Sequence[str]
) -> Mapping[str, Mapping[str, str]]:
    keyring = folder / "keyring.json"
    command = [sys.executable, "-c", _GRANT, str(keyring), ",".join(tenants)]
    subprocess.run(command, env=make_environ(version, settings), cwd=version.tree, check=True)
    keys: Mapping[str, Mapping[str, str]] = orjson.loads(keyring.read_bytes())["tenants"]
    return keys
