"""The gateway as a process: it starts, refuses to start with a reason, stops when asked."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from redis import Redis

from tests.support.least_rights import as_owner
from tests.support.service_managers import open_service_manager

pytestmark = pytest.mark.engines


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@pytest.fixture
def environ(valkey_url: str, tmp_path: Path) -> Mapping[str, str]:
    return {
        **os.environ,
        "GRAPHFERRY_VALKEY_URL": valkey_url,
        "GRAPHFERRY_DATA_DIR": str(tmp_path),
        "GRAPHFERRY_PORT": str(free_port()),
        "GRAPHFERRY_MAX_CONNECTIONS": "5",
    }


GATEWAY = ("-m", "gateway")

TELLS_WHAT_IS_LEFT_TO_LOOK_THROUGH = """
import atexit, gc, sys
from gateway.__main__ import main

atexit.register(lambda: print("left", len(gc.get_objects()), file=sys.stderr))
sys.exit(main())
"""


@contextmanager
def gateway(environ: Mapping[str, str], arguments: Sequence[str] = GATEWAY) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, *arguments]
    process = subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ask(environ: Mapping[str, str], path: str, *, seconds: float = 60.0) -> int:
    """Return the status, waiting for the port to open."""
    give_up = time.monotonic() + seconds
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", int(environ["GRAPHFERRY_PORT"]), timeout=5)
        with suppress(ConnectionRefusedError):
            connection.request("GET", path)
            status = connection.getresponse().status
            connection.close()
            return status
        if time.monotonic() > give_up:
            raise TimeoutError(path)
        time.sleep(0.05)


def wait_for(environ: Mapping[str, str], status: int) -> None:
    """Ask until this is the answer: a gateway learns in its own time who has come and left."""
    give_up = time.monotonic() + 20
    while ask(environ, "/livez") != status:
        assert time.monotonic() < give_up, status
        time.sleep(0.02)


def test_it_becomes_ready_then_stops_when_asked(environ: Mapping[str, str]) -> None:
    with gateway(environ) as process:
        assert ask(environ, "/readyz") == 200
        idle = socket.create_connection(("127.0.0.1", int(environ["GRAPHFERRY_PORT"])))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        idle.close()


def test_the_service_manager_hears_that_it_is_ready_and_that_it_stops(
    environ: Mapping[str, str], tmp_path: Path
) -> None:
    with open_service_manager(str(tmp_path / "notify")) as manager, gateway({**environ, **manager.environ}) as process:
        assert manager.hear() == "READY=1"
        socket.create_connection(("127.0.0.1", int(environ["GRAPHFERRY_PORT"]))).close()
        process.send_signal(signal.SIGTERM)
        assert manager.hear() == "STOPPING=1\nEXTEND_TIMEOUT_USEC=15000000"
        assert process.wait(timeout=30) == 0
        assert manager.has_heard_all()


def test_a_search_for_garbage_holds_up_no_request(environ: Mapping[str, str]) -> None:
    with gateway(environ, ["-c", TELLS_WHAT_IS_LEFT_TO_LOOK_THROUGH]) as process:
        assert ask(environ, "/readyz") == 200
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
    (left,) = re.findall(r"^left (\d+)$", errors, re.MULTILINE)
    assert int(left) < 20_000


def test_a_port_taken_is_said(environ: Mapping[str, str]) -> None:
    with gateway(environ):
        assert ask(environ, "/livez") == 200
        with gateway(environ) as second:
            _, errors = second.communicate(timeout=60)
        assert second.returncode == 1
        assert "address already in use" in errors
        assert "GRAPHFERRY_PORT" in errors
        assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        ({"GRAPHFERRY_VALKEY_URL": "redis://127.0.0.1:1/0"}, 5, "does not answer"),
        ({"GRAPHFERRY_PORT": "many"}, 2, "GRAPHFERRY_PORT"),
        ({"GRAPHFERRY_COLOUR": "red"}, 2, "GRAPHFERRY_COLOUR"),
        ({"GRAPHFERRY_VALKEY_URL": "rediss://h?ssl_ca_cert=x"}, 2, "GRAPHFERRY_VALKEY_URL: has the option"),
        ({"GRAPHFERRY_VALKEY_CA_FILE": "/nowhere.pem"}, 2, "GRAPHFERRY_VALKEY_CA_FILE: is for TLS"),
        ({"GRAPHFERRY_DATABASES_FILE": "/nowhere"}, 2, "GRAPHFERRY_DATABASES_FILE: '/nowhere' cannot be read"),
        ({"GRAPHFERRY_TRACING_ENDPOINT": "collector:4318"}, 2, "GRAPHFERRY_TRACING_ENDPOINT: must begin with http://"),
        ({"GRAPHFERRY_DATABASES": '{"a": {"uri": "neo4js://h"}}'}, 2, "GRAPHFERRY_DATABASES.a.uri: must begin with"),
    ],
)
def test_what_is_missing_is_said(environ: Mapping[str, str], changes: Mapping[str, str], code: int, named: str) -> None:
    with gateway({**environ, **changes}) as process:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == code
        assert named in errors
        assert "Traceback" not in errors
        assert code != 2 or errors.count("\n") == 1


@pytest.mark.parametrize("room", ["gateway", "handlers"])
def test_traces_without_their_packages_are_refused(environ: Mapping[str, str], room: str) -> None:
    program = "from gateway.__main__ import main; sys.exit(main())"
    if room == "handlers":
        program = (
            "import os; from handlers.worker.process import run_process; sys.exit(run_process([], os.environ, {}))"
        )
    hidden = f"import sys; sys.modules['opentelemetry'] = None; {program}"
    with gateway({**environ, "GRAPHFERRY_TRACING_ENDPOINT": "http://127.0.0.1:9"}, ["-c", hidden]) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert (
        "GRAPHFERRY_TRACING_ENDPOINT: needs packages that are not installed: pip install 'graphferry[tracing]'"
        in errors
    )
    assert "Traceback" not in errors


def test_what_is_not_asked_for_is_not_imported(environ: Mapping[str, str]) -> None:
    told = "import atexit, sys; from gateway.__main__ import main; "
    told += "atexit.register(lambda: print('opentelemetry' in sys.modules, file=sys.stderr)); sys.exit(main())"
    with gateway(environ, ["-c", told]) as process:
        assert ask(environ, "/readyz") == 200
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
    assert errors.splitlines()[-1] == "False"


def test_a_store_for_a_later_version_is_refused(environ: Mapping[str, str]) -> None:
    with Redis.from_url(as_owner(environ["GRAPHFERRY_VALKEY_URL"])) as client:
        client.set("{graphferry}:schema", 3)
    with gateway(environ) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "needs schema 3 at least, by its key '{graphferry}:schema'; this version knows 2" in errors
    assert errors.count("\n") == 1


def test_connections_above_the_cap_are_refused(environ: Mapping[str, str]) -> None:
    with gateway(environ):
        assert ask(environ, "/livez") == 200
        address = ("127.0.0.1", int(environ["GRAPHFERRY_PORT"]))
        held = [socket.create_connection(address) for _ in range(5)]
        wait_for(environ, 503)
        for each in held:
            each.close()
        wait_for(environ, 200)
