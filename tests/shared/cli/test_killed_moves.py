"""A move of keys goes on where it stood, whoever is killed during a part of it: the server, or the command."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from redis import Redis

from shared.adapters.valkey.backups import TRANSIENT
from shared.api_keys import hash_key
from shared.jobs.events import Event
from shared.jobs.record import Status
from shared.resources import open_resources
from shared.settings.process import Settings
from tests.support.backups import Installation, answer, fill_installation, make_environ
from tests.support.command_line import call
from tests.support.faults.valkey import FaultValkey, open_fault_valkey

pytestmark = pytest.mark.engines

MOVE = """
import asyncio, os, signal, sys
from shared.adapters.valkey import moving
from shared.cli.__main__ import main

part, victim = int(sys.argv.pop(1)), int(sys.argv.pop(1)) or os.getpid()
moving._AT_ONCE = 3
run, end = moving.ValkeyKeys._run, moving.ValkeyKeys.end

async def kill_during(doing):
    under_way = asyncio.ensure_future(doing)
    await asyncio.sleep(0.0002)
    os.kill(victim, signal.SIGKILL)
    return await under_way

def run_and_kill(self, *arguments):
    global part
    part -= 1
    return kill_during(run(self, *arguments)) if part == 0 else run(self, *arguments)

def end_and_kill(self):
    return kill_during(end(self)) if part > 0 else end(self)

moving.ValkeyKeys._run, moving.ValkeyKeys.end = run_and_kill, end_and_kill
main()
"""
"""Moves keys, a few at once, and kills a process while it does a part: the first one begins, one beyond all ends."""

BEYOND_ALL = 10_000


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultValkey]:
    with open_fault_valkey(tmp_path_factory.mktemp("valkey")) as opened:
        yield opened


@pytest.fixture
def environ(valkey: FaultValkey, tmp_path: Path) -> Mapping[str, str]:
    """The variables of an installation that an earlier version has begun."""
    with Redis.from_url(valkey.url) as client:
        client.flushall()
        client.set("ours:schema", "1")
    url = valkey.admit("ours", for_commands=True, of_before=True)
    return {**make_environ(url, tmp_path), "GRAPHFERRY_LEASE_SECONDS": "60"}


READERS: Mapping[str, Callable[[Redis, str], object]] = {
    "hash": lambda client, key: client.hgetall(key),
    "list": lambda client, key: client.lrange(key, 0, -1),
    "stream": lambda client, key: client.xrange(key),
    "string": lambda client, key: client.get(key),
    "zset": lambda client, key: client.zrange(key, 0, -1, withscores=True),
}


def read_values(valkey: FaultValkey, beginning: str) -> Mapping[str, object]:
    """Read what lasts, by its name without the beginning."""
    with Redis.from_url(valkey.url, decode_responses=True) as client:
        names = [key.removeprefix(beginning) for key in client.scan_iter(f"{beginning}*")]
        lasting = [name for name in names if name.encode() not in TRANSIENT and not name.startswith(("queue:", "arq:"))]
        return {name: READERS[client.type(beginning + name)](client, beginning + name) for name in lasting}


def move(environ: Mapping[str, str], part: int, victim: int) -> int:
    variables = {**os.environ, **environ}
    command = [sys.executable, "-c", MOVE, str(part), str(victim), "move-keys"]
    return subprocess.run(command, env=variables, capture_output=True, timeout=120, check=False).returncode


@pytest.mark.parametrize(
    ("is_server", "part"), [(True, 1), (True, 4), (True, 9), (True, BEYOND_ALL), (False, 1), (False, 6)]
)
def test_nothing_is_lost_or_doubled(
    valkey: FaultValkey, environ: Mapping[str, str], *, is_server: bool, part: int
) -> None:
    made = asyncio.run(fill_installation(environ))
    before = read_values(valkey, "ours:")
    code = move(environ, part, valkey.pid if is_server else 0)
    if is_server:
        assert valkey.process.popen.wait(10) == -signal.SIGKILL
        assert code > 0 or (code == 0 and part == BEYOND_ALL)  # the answer may have come before the end
        valkey.start()
    else:
        assert code == -signal.SIGKILL
    assert call(environ, "move-keys").code == 0
    after = read_values(valkey, "{ours}:")
    assert {name for name in before if before[name] != after.get(name)} == set()
    assert after.keys() == before.keys()
    with Redis.from_url(valkey.url) as client:
        assert {client.type(key) for key in client.scan_iter("ours:*")} == {b"string"}  # the marks
    assert call(environ, "move-keys").output == "Nothing to do.\n"
    asyncio.run(require_work_goes_on(environ, made))


async def require_work_goes_on(environ: Mapping[str, str], made: Installation) -> None:
    """Require that each job is as it was, and that the one no worker has taken is done once."""
    async with open_resources(Settings.from_environ(environ)) as resources:
        assert await resources.identity.find_key(hash_key(made.keys["acme"])) is not None
        assert [(await resources.jobs.get(each.id)).status for each in made.jobs] == [each.status for each in made.jobs]
        await resources.jobs.reap()
        events = [Event(job_id=made.queued.id, attempt=attempt) for attempt in (1, 2, 3)]
        assert [await answer(resources.jobs, each) for each in events] == [False, True, False]
        assert (await resources.jobs.get(made.queued.id)).status is Status.CLOSED
