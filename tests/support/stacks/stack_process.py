"""A whole stack as a process of its own, over engines that run already."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from infra.engines.process import start_process
from shared.settings.databases import DatabaseSettings
from tests.support.stacks.engines import ARCHIVES, wipe_database
from tests.support.stacks.stacks import Stack

READY_SECONDS = 120


def in_folders(_: str) -> Mapping[str, str]:
    """Say nothing of archives: they are in the data folder."""
    return {}


@contextmanager
def open_stack(
    folder: Path,
    *,
    tenants: Sequence[str],
    databases: Mapping[str, DatabaseSettings],
    valkey_for: Callable[[str], str],
    archives_for: Callable[[str], Mapping[str, str]] = in_folders,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Stack]:
    """Start it in this folder with one worker over emptied databases, stop it at the end; `environ` may say more.

    `valkey_for` gives the address of the store for an installation of a name: that of the folder; `archives_for` the
    variables that say where its archives are.
    """
    for settings in databases.values():
        wipe_database(settings)
    named = {name: _describe(settings) for name, settings in databases.items()}
    whole_environ = {
        **os.environ,
        **(environ or {}),
        **archives_for(folder.name),
        "GRAPHFERRY_DATABASES": orjson.dumps(named).decode(),
        "GRAPHFERRY_INSTALLATION": folder.name,
        "GRAPHFERRY_VALKEY_URL": valkey_for(folder.name),
    }
    command = [sys.executable, "-m", "infra", "up", "--tenants", ",".join(tenants)]
    command += ["--data-dir", str(folder / "data"), "--ready-file", str(folder / "ready.json")]
    process = start_process("stack", command, log=folder / "up.log", environ=whole_environ).popen
    try:
        yield Stack(_wait_until_ready(process, folder), whole_environ.get(ARCHIVES))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _describe(settings: DatabaseSettings) -> dict[str, str]:
    password = settings.password.get_secret_value()
    return {"uri": settings.uri, "user": settings.user, "password": password, "database": settings.database}


def _wait_until_ready(process: subprocess.Popen[bytes], folder: Path) -> dict[str, Any]:
    """Wait for the ready file; a stack that ends before says why."""
    ready = folder / "ready.json"
    end = time.monotonic() + READY_SECONDS
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise AssertionError((folder / "up.log").read_text())
        time.sleep(0.1)
    content: dict[str, Any] = orjson.loads(ready.read_bytes())
    return content
