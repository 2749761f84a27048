"""A whole stack over the session's engines: real processes, reached over HTTP as users reach it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from shared.settings import DatabaseSettings
from tests.support.engines import wipe_database
from tests.support.stacks import Stack

READY_SECONDS = 120
TENANTS = ("acme", "globex")


def describe(settings: DatabaseSettings) -> dict[str, str]:
    password = settings.password.get_secret_value()
    return {"uri": settings.uri, "user": settings.user, "password": password, "database": settings.database}


@pytest.fixture(scope="module")
def stack(
    neo4j_2026: DatabaseSettings,
    neo4j_526: DatabaseSettings,
    valkey_server: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    """Two tenants, one worker, the databases `current` and `lts`."""
    for settings in (neo4j_2026, neo4j_526):
        wipe_database(settings)
    folder = tmp_path_factory.mktemp("stack")
    databases = {"current": describe(neo4j_2026), "lts": describe(neo4j_526)}
    environ = {
        **os.environ,
        "GRAPHFERRY_DATABASES": orjson.dumps(databases).decode(),
        "GRAPHFERRY_VALKEY_URL": valkey_server,
    }
    command = [sys.executable, "-m", "infra", "up", "--tenants", ",".join(TENANTS)]
    command += ["--data-dir", str(folder / "data"), "--ready-file", str(folder / "ready.json")]
    with (folder / "up.log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
        try:
            yield Stack(wait_until_ready(process, folder))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def wait_until_ready(process: subprocess.Popen[bytes], folder: Path) -> dict[str, Any]:
    """Wait for the ready file; a stack that ends before says why."""
    ready = folder / "ready.json"
    end = time.monotonic() + READY_SECONDS
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise AssertionError((folder / "up.log").read_text())
        time.sleep(0.1)
    content: dict[str, Any] = orjson.loads(ready.read_bytes())
    return content
