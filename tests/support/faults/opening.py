"""Starts a stack whose processes and connections may be broken."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from infra.engines.ports import LOOPBACK
from infra.engines.process import start_process
from infra.engines.versions import CURRENT
from shared.settings.process import PREFIX
from tests.support.faults.failing import FailpointFolder
from tests.support.faults.proxies import open_proxy
from tests.support.faults.stacks import DATABASE, FaultStack
from tests.support.faults.valkey import open_fault_valkey
from tests.support.least_rights import lead_to
from tests.support.stacks.engines import SessionEngines

READY_SECONDS = 120.0
INSTALLATION = "faults"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPlan:
    """What a stack shall be."""

    folder: Path
    tenants: Sequence[str]
    workers: int
    settings: Mapping[str, str]
    """By name, without the prefix."""
    restart_seconds: int = 1
    """The longest pause before a process is started again that was killed again and again."""


@contextmanager
def open_fault_stack(plan: FaultPlan, engines: SessionEngines) -> Iterator[FaultStack]:
    """Start it over the session's Neo4j; stop it at the end."""
    database = engines.neo4j(CURRENT)
    # Stacks that are open at once over one database need names of their own: workers sweep what theirs has left.
    installation = plan.settings.get("INSTALLATION", INSTALLATION)
    failpoints = FailpointFolder(plan.folder / "failpoints")
    with ExitStack() as exits:
        valkey = exits.enter_context(open_fault_valkey(plan.folder / "valkey"))
        bolt = exits.enter_context(open_proxy(urlsplit(database.uri).port or 0, is_bolt=True))
        resp = exits.enter_context(open_proxy(valkey.server.port))
        archives = {name.removeprefix(PREFIX): value for name, value in engines.archives_for(plan.folder.name).items()}
        reached = {
            "uri": f"bolt://{LOOPBACK}:{bolt.port}",
            "user": database.user,
            "password": database.password.get_secret_value(),
            "database": database.database,
        }
        settings = {
            "DATABASES": orjson.dumps({DATABASE: reached}).decode(),
            "INSTALLATION": installation,
            "VALKEY_URL": lead_to(valkey.admit(installation), resp.port),
            **archives,
            **plan.settings,
        }
        yield FaultStack(
            process=exits.enter_context(_running(plan, {**_environ(settings), **failpoints.environ})),
            folder=plan.folder,
            database=database,
            engines=engines,
            valkey=valkey,
            bolt=bolt,
            resp=resp,
            failpoints=failpoints,
            lease_seconds=float(settings.get("LEASE_SECONDS", "15")),
            bucket=settings.get("ARCHIVES"),
        )


def _environ(settings: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {**inherited, **{PREFIX + name: value for name, value in settings.items()}}


@contextmanager
def _running(plan: FaultPlan, environ: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "infra", "up", "--tenants", ",".join(plan.tenants)]
    command += ["--workers", str(plan.workers), "--data-dir", str(plan.folder / "data")]
    command += ["--ready-file", str(plan.folder / "ready.json"), "--restart-seconds", str(plan.restart_seconds)]
    process = start_process("stack", command, log=plan.folder / "up.log", environ=environ).popen
    try:
        _wait_until_ready(process, plan.folder)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _wait_until_ready(process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + READY_SECONDS
    while not (folder / "ready.json").exists():
        if process.poll() is not None or time.monotonic() > end:
            raise AssertionError((folder / "up.log").read_text())
        time.sleep(0.1)
