"""Tests of the whole stack as its users start it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psutil
from neo4j import GraphDatabase

from infra.stack.keyring import ROLES

_CHECKOUT = Path(__file__).parents[3]
_START_SECONDS = 120
_STOP_SECONDS = 30


def test_a_stack_starts_mends_itself_stops_and_is_found_again(tmp_path: Path) -> None:
    with _up(tmp_path) as (stack, ready):
        _check_ready_file(ready, tmp_path)
        _check_keys(ready)
        _check_command_lines(ready["pids"])
        _query(ready, "CREATE (:Kept {since: date('2024-02-29')})")
        _check_that_a_dead_worker_comes_back(tmp_path, ready)
        _check_that_the_folder_is_taken(tmp_path, stack)
        children = psutil.Process(stack.pid).children(recursive=True)
        stack.send_signal(signal.SIGTERM)
        assert stack.wait(_STOP_SECONDS) == 0
    assert len(children) == 5
    assert not any(child.is_running() for child in children)
    assert not (tmp_path / "ready.json").exists()

    with _up(tmp_path) as (stack, again):
        assert (again["tenants"], again["super_admin"]) == (ready["tenants"], ready["super_admin"])
        _check_keys(again)
        assert _query(again, "MATCH (n:Kept) RETURN toString(n.since)") == [["2024-02-29"]]


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    environ = {**os.environ, "GRAPHFERRY_MAX_JOBS": "many"}
    failed = subprocess.run(_command(tmp_path), cwd=_CHECKOUT, env=environ, capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert failed.stderr.startswith("error: GRAPHFERRY_MAX_JOBS: ")
    assert "Traceback" not in failed.stderr


def _command(folder: Path) -> list[str | Path]:
    options = ["--tenants", "acme,globex", "--databases", "only", "--workers", "2"]
    places: list[str | Path] = ["--data-dir", folder / "data", "--ready-file", folder / "ready.json"]
    return [sys.executable, "-m", "infra", "up", *options, *places]


@contextmanager
def _up(folder: Path) -> Iterator[tuple[subprocess.Popen[str], Mapping[str, Any]]]:
    file = folder / "ready.json"
    with (folder / "said").open("w") as said:
        stack = subprocess.Popen(_command(folder), cwd=_CHECKOUT, stdout=said, stderr=said, text=True)
    try:
        _until(lambda: file.exists() or stack.poll() is not None, seconds=_START_SECONDS)
        assert stack.poll() is None, (folder / "said").read_text()
        assert file.stat().st_mode & 0o777 == 0o600
        yield stack, json.loads(file.read_text())
    finally:
        stack.terminate()
        stack.wait(_STOP_SECONDS)


def _check_ready_file(ready: Mapping[str, Any], folder: Path) -> None:
    assert set(ready) == {
        "gateway",
        "metrics",
        "admin_center",
        "archive_folder",
        "databases",
        "tenants",
        "super_admin",
        "pids",
    }
    assert ready["archive_folder"] == {
        tenant: str(folder / "data" / "archives" / tenant) for tenant in ("acme", "globex")
    }
    assert set(ready["databases"]) == {"only"}
    assert set(ready["databases"]["only"]) == {"uri", "user", "password", "database"}
    assert set(ready["pids"]) == {"valkey", "neo4j-only", "gateway", "worker-1", "worker-2"}
    assert urlopen(ready["metrics"]).status == 200


def _check_keys(ready: Mapping[str, Any]) -> None:
    for tenant, held in ready["tenants"].items():
        assert set(held["keys"]) == set(ROLES)
        for user, key in held["keys"].items():
            me = _get(ready, "/api/v1/me", key=key)
            assert (me["tenant"], me["user"]) == (tenant, user)
    databases = _get(ready, "/api/v1/databases", key=ready["tenants"]["globex"]["keys"]["user"])
    assert "only" in json.dumps(databases)


def _check_command_lines(pids: Mapping[str, int]) -> None:
    for name, pid in pids.items():
        assert name.partition("-")[0] in " ".join(psutil.Process(pid).cmdline())


def _check_that_a_dead_worker_comes_back(folder: Path, ready: Mapping[str, Any]) -> None:
    first = ready["pids"]["worker-2"]
    os.kill(first, signal.SIGKILL)

    def pid_now() -> int:
        pid: int = json.loads((folder / "ready.json").read_text())["pids"]["worker-2"]
        return pid

    _until(lambda: pid_now() != first, seconds=20)
    assert psutil.Process(pid_now()).is_running()


def _check_that_the_folder_is_taken(folder: Path, stack: subprocess.Popen[str]) -> None:
    second = subprocess.run(_command(folder), cwd=_CHECKOUT, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert f"is in use by process {stack.pid}" in second.stderr
    assert (folder / "ready.json").exists()


def _get(ready: Mapping[str, Any], path: str, *, key: str) -> Any:
    with urlopen(Request(ready["gateway"] + path, headers={"X-API-KEY": key})) as response:
        return json.load(response)


def _query(ready: Mapping[str, Any], text: str) -> list[list[Any]]:
    database = ready["databases"]["only"]
    with GraphDatabase.driver(database["uri"], auth=(database["user"], database["password"])) as driver:
        return [record.values() for record in driver.execute_query(text).records]


def _until(condition: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
