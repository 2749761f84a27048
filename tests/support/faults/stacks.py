"""A running stack whose processes may be killed, stopped, restarted."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any

import orjson
import psutil
from neo4j import GraphDatabase, Session
from redis import Redis

from infra.engines.versions import CURRENT
from shared.settings.databases import DatabaseSettings
from shared.settings.process import Settings
from tests.support.buckets import BucketView
from tests.support.comparer import Place
from tests.support.faults.failing import FailpointFolder
from tests.support.faults.proxies import Flow, Proxy
from tests.support.faults.valkey import FaultValkey
from tests.support.holding import paused
from tests.support.stacks.engines import SessionEngines
from tests.support.stacks.shelves import find_rests
from tests.support.stacks.stacks import ENDED, Answer, Stack

RESTART_SECONDS = 60.0
DATABASE = "current"
LOOK_SECONDS = 0.02
LONGEST_MOMENT_SECONDS = 1.0

_EVERYTHING = """
MATCH (n) WITH count(n) AS nodes, count(CASE WHEN any(l IN labels(n) WHERE l STARTS WITH '_Ferry') THEN 1 END) AS own
CALL () { MATCH ()-[r]->() RETURN count(r) AS relationships }
RETURN nodes, relationships, own
"""
_DELETE = (
    "MATCH (:$($label))-[r]->() CALL (r) { DELETE r } IN TRANSACTIONS OF 10000 ROWS",
    "MATCH (n:$($label)) CALL (n) { DELETE n } IN TRANSACTIONS OF 10000 ROWS",
    "MATCH (n:Application {Name: $label}) DELETE n",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """How many of everything a database holds."""

    nodes: int
    relationships: int
    own: int
    """Nodes of an import's own: journals, claims, records, what is staged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultStack:
    """A stack over the session's Neo4j with a Valkey of its own, both behind proxies."""

    process: subprocess.Popen[bytes]
    folder: Path
    database: DatabaseSettings
    """Around the proxy, for those who look."""
    engines: SessionEngines
    valkey: FaultValkey
    bolt: Proxy
    resp: Proxy
    failpoints: FailpointFolder
    lease_seconds: float
    bucket: str | None = None
    """What GRAPHFERRY_ARCHIVES names; None: archives are in folders."""

    @property
    def client(self) -> Stack:
        """The stack as clients see it, with the process ids of this moment."""
        content: dict[str, Any] = orjson.loads((self.folder / "ready.json").read_bytes())
        return Stack(content, self.bucket)

    @property
    def pids(self) -> Mapping[str, int]:
        pids: Mapping[str, int] = self.client.ready["pids"]
        return pids

    @property
    def workers(self) -> list[int]:
        """The process ids of the workers, once none of them is waiting to be started again."""
        end = time.monotonic() + RESTART_SECONDS
        while not all(map(_runs, pids := [pid for name, pid in self.pids.items() if name.startswith("worker-")])):
            assert time.monotonic() < end, "a worker is not started again"
            time.sleep(LOOK_SECONDS)
        return pids

    @property
    def environ(self) -> dict[str, str]:
        """The variables that the stack's gateway was started with."""
        return psutil.Process(self.pids["gateway"]).environ()

    @property
    def settings(self) -> Settings:
        return Settings.from_environ(self.environ)

    # --- jobs

    def submit(self, action: str, *, tenant: str = "acme", **body: Any) -> str:
        """Submit over the imaging surface; give the job's id."""
        path = f"/imaging/etl/api/app/{action}"
        answer = self.client.request("POST", path, {"database": DATABASE, **body}, tenant=tenant)
        assert answer.status == 200, answer
        job_id: str = answer.body["success"]["uuid"]
        return job_id

    def submit_native(self, method: str, path: str, body: dict[str, Any] | None = None, *, tenant: str = "acme") -> str:
        """Submit over the native surface; give the job's id."""
        answer = self.client.request(method, f"/api/v1/{path}", body, tenant=tenant)
        assert answer.status == 202, answer
        job_id: str = answer.body["id"]
        return job_id

    def submit_copy(self, name: str, **more: Any) -> str:
        """Submit the copy of an application under another name; give the job's id."""
        applications = [{"name": name, "import_as": "Copy"}]
        body = {"from_database": DATABASE, "to_database": DATABASE, "applications": applications, "batch_size": 1000}
        return self.submit_native("POST", "copies", {**body, **more})

    def submit_delete(self, name: str, *, tenant: str = "acme") -> str:
        """Submit the deletion of an application; give the job's id."""
        return self.submit_native("DELETE", f"databases/{DATABASE}/applications/{name}", tenant=tenant)

    def make_archive(self, application: str, *, tenant: str = "acme") -> str:
        """Export an application; give the archive's name."""
        job = self.wait_for_end(self.submit("export", tenant=tenant, export_app=application), tenant=tenant)
        assert job["status"] == "closed", job
        name: str = job["archive"]["name"]
        return name

    def begin(self, kind: str, archive: str) -> str:
        """Submit a move of the large application that takes seconds; give the job's id."""
        if kind == "export":
            return self.submit("export", export_app="Large", batch_size=2)
        if kind == "copy":
            return self.submit_copy("Large", batch_size=50)
        return self.submit("import", import_app=archive, import_as="Copy", batch_size=50)

    def begin_by_chance(self, kind: str, archive: str, rng: random.Random) -> str:
        """Begin a move, and come to a moment by chance while it is under way."""
        while True:
            job_id = self.begin(kind, archive)
            self.wait(job_id, is_moving)
            time.sleep(rng.uniform(0, LONGEST_MOMENT_SECONDS))
            if not has_ended(self.read(job_id)):
                return job_id
            self.remove("Copy")

    def read(self, job_id: str, *, tenant: str = "acme", key: str = "admin") -> dict[str, Any]:
        answer = self.client.request("GET", f"/api/v1/jobs/{job_id}", tenant=tenant, key=key)
        assert answer.status == 200, answer
        job: dict[str, Any] = answer.body
        return job

    def cancel(self, job_id: str, *, tenant: str = "acme", key: str = "admin") -> Answer:
        path, body = f"/api/v1/jobs/{job_id}", {"status": "cancelled", "reason": "no longer wanted"}
        return self.client.request("PATCH", path, body, tenant=tenant, key=key)

    def wait(
        self, job_id: str, condition: Callable[[dict[str, Any]], bool], *, tenant: str = "acme", seconds: float = 120.0
    ) -> dict[str, Any]:
        """Wait until the job is as wanted; give its record."""
        end = time.monotonic() + seconds
        while not condition(job := self._read_patiently(job_id, tenant)):
            if time.monotonic() > end:
                log = "\n".join(map(str, self.log(job_id, tenant=tenant)))
                raise AssertionError(f"after {seconds} s the job is not as wanted: {job}\n{log}")
            time.sleep(LOOK_SECONDS)
        return job

    def _read_patiently(self, job_id: str, tenant: str) -> dict[str, Any]:
        """Read the record; a gateway that is out of reach of the store just now says so and is asked again."""
        end = time.monotonic() + RESTART_SECONDS
        while True:
            answer = self.client.request("GET", f"/api/v1/jobs/{job_id}", tenant=tenant)
            if answer.status != 503 or time.monotonic() > end:
                assert answer.status == 200, answer
                job: dict[str, Any] = answer.body
                return job
            time.sleep(LOOK_SECONDS)

    def wait_for_end(self, job_id: str, *, tenant: str = "acme", seconds: float = 120.0) -> dict[str, Any]:
        return self.wait(job_id, has_ended, tenant=tenant, seconds=seconds)

    def log(self, job_id: str, *, tenant: str = "acme") -> list[dict[str, Any]]:
        """Read the job's log."""
        text = self.client.request("GET", f"/api/v1/jobs/{job_id}/log", tenant=tenant).body
        return [orjson.loads(line) for line in (text or b"").splitlines()]

    def has_begun(self, job_id: str, attempt: int) -> bool:
        """Whether a handler has started on this attempt."""
        return any(line["event"] == "attempt started" and line["attempt"] == attempt for line in self.log(job_id))

    def wait_for_attempt(self, job_id: str, attempt: int, *, seconds: float = 60.0) -> None:
        """Wait until a handler has started on this attempt."""
        self.wait(job_id, lambda _: self.has_begun(job_id, attempt), seconds=seconds)

    def wait_for_successor(self, job_id: str) -> dict[str, Any]:
        """Wait until a handler has started on the second attempt, or the job has ended; give its record."""
        return self.wait(job_id, lambda job: has_ended(job) or self.has_begun(job_id, 2))

    def find_worker(self, job_id: str, *, attempt: int | None = None) -> int:
        """Give the process id of the worker that began this attempt, by default the last."""
        begun = [each for each in self.log(job_id) if each["event"] == "attempt started"]
        (line, *_) = [each for each in reversed(begun) if attempt in {None, each["attempt"]}]
        return int(line["worker"].rpartition(":")[2])

    # --- what may break

    def kill_rooms(self) -> None:
        """End the gateway and all workers at once; they are started again."""
        for pid in self.pids.values():
            with suppress(ProcessLookupError):  # one that has ended before
                os.kill(pid, signal.SIGKILL)

    def asleep(self) -> AbstractContextManager[None]:
        """Keep all workers stopped inside the context: nothing begins, goes on or ends."""
        return paused(*self.workers)

    @contextmanager
    def slowed(self) -> Iterator[None]:
        """Make every job last for minutes, unless somebody opens the flow again."""
        self.bolt.flow = Flow.SLOW
        try:
            yield
        finally:
            self.bolt.flow = Flow.OPEN

    def kill_neo4j(self) -> None:
        self.engines.kill_neo4j(CURRENT)

    def start_neo4j(self) -> None:
        self.engines.neo4j(CURRENT)

    def wait_for_gateway(self) -> None:
        """Wait until requests are answered again."""
        end = time.monotonic() + RESTART_SECONDS
        while True:
            with suppress(OSError, HTTPException):
                if self.client.request("GET", "/readyz").status == 200:
                    return
            assert time.monotonic() < end, "the gateway is not started again"
            time.sleep(LOOK_SECONDS)

    # --- what is left over

    @property
    def archives(self) -> list[str]:
        """The names of a tenant's archives."""
        return self.client.shelf().list_names()

    def wait_until_clean(self, before: Census, *, seconds: float = 60.0) -> None:
        """Wait until everything is as before; what outlives its job by a moment may still go."""
        end = time.monotonic() + seconds
        while (found := self.find_leftovers()) or self.take_census() != before:
            assert time.monotonic() < end, (found, self.take_census(), before)
            time.sleep(LOOK_SECONDS)

    def take_settled_census(self) -> Census:
        """Count everything once the journal of the job before is gone: it outlives its job by a moment."""
        end = time.monotonic() + 60.0
        while (census := self.take_census()).own:
            assert time.monotonic() < end, census
            time.sleep(LOOK_SECONDS)
        return census

    def find_leftovers(self) -> list[str]:
        """Say what a job left behind: parts, slots, running transactions."""
        archives = find_rests(self.settings.archives_dir if self.bucket is None else BucketView(self.bucket))
        with Redis.from_url(self.valkey.url) as client:
            slots = [f"slot {each!r}" for each in client.hkeys(f"{{{self.settings.installation}}}:slots")]
        running = self.query("SHOW TRANSACTIONS YIELD metaData WHERE metaData.job IS NOT NULL RETURN metaData.job")
        return [*archives, *slots, *(f"transaction of job {job}" for (job,) in running)]

    # --- the database

    def query(self, statement: str, **parameters: Any) -> list[list[Any]]:
        with self.open_session() as session:
            return [list(record.values()) for record in session.run(statement, **parameters)]

    @contextmanager
    def open_session(self) -> Iterator[Session]:
        """Connect to the database, around the proxy."""
        auth = (self.database.user, self.database.password.get_secret_value())
        with (
            GraphDatabase.driver(self.database.uri, auth=auth, notifications_min_severity="OFF") as driver,
            driver.session() as session,
        ):
            yield session

    def take_census(self) -> Census:
        ((nodes, relationships, own),) = self.query(_EVERYTHING)
        return Census(nodes=nodes, relationships=relationships, own=own)

    def remove(self, label: str) -> None:
        for statement in _DELETE:
            self.query(statement, label=label)

    def place(self, label: str) -> Place:
        password = self.database.password.get_secret_value()
        return Place(self.database.uri, self.database.user, password, label, self.database.database)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def has_ended(job: dict[str, Any]) -> bool:
    return job["status"] in ENDED


def is_moving(job: dict[str, Any]) -> bool:
    """Whether elements have been read or written."""
    return job["status"] in ENDED or job["progress"]["nodes_done"] > 0


def read_time(line: Mapping[str, Any]) -> datetime:
    """Give the time of a line of a log."""
    return datetime.fromisoformat(line["time"])
