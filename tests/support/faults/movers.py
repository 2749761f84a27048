"""Users of a fleet who export, import, upload and download all the time, whoever dies, and keep what they were told."""

from __future__ import annotations

import base64
import hashlib
import itertools
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Final, TypeAlias
from urllib.parse import quote, unquote

from tests.support.faults.fleets import DATABASE, PATIENCE_SECONDS, Fleet
from tests.support.faults.stacks import has_ended
from tests.support.stacks.stacks import Answer

Body: TypeAlias = bytes | dict[str, Any] | None

TUS: Final = {"Tus-Resumable": "1.0.0"}
PIECE: Final = "application/offset+octet-stream"
KEPT_ARCHIVES: Final = 12
"""Of a tenant; when there are more, the oldest are deleted."""
LEFT_SHARE: Final = 0.25
"""Of uploads that their user forgets in the middle."""
LEAST_PIECE: Final = 256 * 1024
LARGEST_PIECE: Final = 6 * 1024**2
PAUSE_SECONDS: Final = 0.05
LATER: Final = frozenset({423, 503})
"""What asks a user to come again: an upload that somebody writes to still, something out of reach."""


@dataclass(slots=True, kw_only=True)
class Line:
    """Asks the gateways in turn, until one answers other than that it cannot now."""

    fleet: Fleet
    tenant: str
    put_off: Counter[str] = field(default_factory=Counter)
    """How often which code asked to come again, or a gateway was gone."""
    odd: list[object] = field(default_factory=list)
    """Answers that nobody may get."""
    turns: Iterator[int] = field(default_factory=itertools.count)

    def ask(self, method: str, path: str, body: Body = None, *, expected: Sequence[int], **more: Any) -> Answer:
        """Ask until there is an answer."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self.try_once(method, path, body, **more)
            if answer is not None:
                if answer.status not in expected:
                    self.odd.append((method, path, answer))
                return answer
            assert time.monotonic() < end, f"nobody answers {method} {path}: {self.put_off}"
            time.sleep(PAUSE_SECONDS)

    def try_once(self, method: str, path: str, body: Body = None, **more: Any) -> Answer | None:
        """Ask the next gateway; None where it cannot answer now."""
        room = self.fleet.gateways[next(self.turns) % 2]
        try:
            answer = self.fleet.client(room).request(method, path, body, tenant=self.tenant, **more)
        except (OSError, HTTPException) as error:  # it is dead, or dies in the middle
            self.put_off[type(error).__name__] += 1
            return None
        if answer.status in LATER:
            self.put_off[answer.body["code"] if isinstance(answer.body, dict) else str(answer.status)] += 1
            return None
        return answer


@dataclass(slots=True, kw_only=True)
class Jobs:
    """Exports an application, imports what came of it, and so on."""

    line: Line
    application: str
    answered: dict[str, str] = field(default_factory=dict)
    """Jobs that were accepted: id → kind."""
    ended: dict[str, dict[str, Any]] = field(default_factory=dict)

    def list_closed(self) -> list[dict[str, Any]]:
        """Give the jobs that did what they were to do."""
        return [job for job in tuple(self.ended.values()) if job["status"] == "closed"]

    def turn(self) -> None:
        """Do an export and an import."""
        exported = self._run("exports", {"database": DATABASE, "applications": [{"name": self.application}]})
        if exported["status"] == "closed":
            body = {
                "database": DATABASE,
                "archive": exported["archive"]["name"],
                "import_as": f"Copy{self.application}",
                "on_conflict": "overwrite",
                "batch_size": 100,
            }
            self._run("imports", body)
        self._tidy()

    def _run(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """Submit once, however often it has to be asked for; follow the job to its end."""
        key = str(uuid.uuid4())
        credentials = {"X-API-KEY": self.line.fleet.keys[self.line.tenant]["admin"], "Idempotency-Key": key}
        answer = self.line.ask("POST", f"/api/v1/{kind}", body, expected=(202,), credentials=credentials)
        job_id = str(answer.body["id"])
        self.answered[job_id] = kind
        end = time.monotonic() + 2 * PATIENCE_SECONDS
        while not has_ended(job := self.line.ask("GET", f"/api/v1/jobs/{job_id}", expected=(200,)).body):
            assert time.monotonic() < end, f"job {job_id} does not end: {job}"
            time.sleep(PAUSE_SECONDS)
        self.ended[job_id] = job
        return dict(job)

    def _tidy(self) -> None:
        """Delete the oldest archives of exports."""
        listed = self.line.ask("GET", "/api/v1/archives", expected=(200,)).body["archives"]
        mine = [each for each in listed if each["name"].startswith(self.application)]
        for each in sorted(mine, key=lambda one: str(one["modified"]))[: max(0, len(mine) - KEPT_ARCHIVES)]:
            self.line.ask("DELETE", f"/api/v1/archives/{quote(each['name'])}", expected=(204, 404))


@dataclass(slots=True, kw_only=True)
class Uploads:
    """Uploads an archive in pieces, at the other gateway where one dies."""

    line: Line
    content: bytes
    chance: random.Random
    made: list[str] = field(default_factory=list)
    """The names of what was uploaded whole."""
    resumed: Counter[str] = field(default_factory=Counter)

    def turn(self) -> None:
        """Upload it, or leave it in the middle."""
        name = base64.b64encode(b"brought.zip").decode()
        told = {**TUS, "Upload-Length": str(len(self.content)), "Upload-Metadata": f"filename {name}"}
        created = self.line.ask("POST", "/api/v1/uploads", b"", expected=(201,), further=told)
        path = f"/api/v1/uploads/{created.headers['Location'].rpartition('/')[2]}"
        is_left = self.chance.random() < LEFT_SHARE
        archive, offset = None, 0
        while archive is None and not (is_left and offset > len(self.content) // 2):
            archive, offset = self._send(path, offset)
        if archive is None:
            self.resumed["left in the middle"] += 1
        else:
            self.made.append(archive)

    def _send(self, path: str, offset: int) -> tuple[str | None, int]:
        """Send a piece; give the archive's name once there is one, and how much has arrived."""
        piece = self.content[offset : offset + self.chance.randint(LEAST_PIECE, LARGEST_PIECE)]
        further = {**TUS, "Upload-Offset": str(offset)}
        answer = self.line.try_once("PATCH", path, piece, media_type=PIECE, further=further)
        if answer is not None and answer.status == 204:
            return _read_told(answer)
        asked = self.line.ask("HEAD", path, expected=(200,), further=TUS)
        archive, stored = _read_told(asked)
        # What was answered is kept; of what was not, nobody has more than was sent.
        if not offset <= stored <= offset + len(piece):
            self.line.odd.append((path, "offset", offset, "piece", len(piece), "stored", stored))
        self.resumed["went on at the stored offset"] += 1
        if answer is not None and answer.status != 409:
            self.line.odd.append((path, answer))
        return archive, stored


def _read_told(answer: Answer) -> tuple[str | None, int]:
    name = answer.headers.get("Upload-Archive")
    return None if name is None else unquote(name), int(answer.headers["Upload-Offset"])


@dataclass(slots=True, kw_only=True)
class Downloads:
    """Downloads archives by chance, and looks whether they are what they are said to be."""

    line: Line
    chance: random.Random
    read: Counter[str] = field(default_factory=Counter)

    def turn(self) -> None:
        """Download one, whole or the last part of it."""
        listed = self.line.ask("GET", "/api/v1/archives", expected=(200,)).body["archives"]
        if not listed:
            return
        chosen = self.chance.choice(listed)
        path = f"/api/v1/archives/{quote(chosen['name'])}"
        further = {"Range": "bytes=-65536"} if self.chance.random() < 0.5 else {}
        answer = self.line.ask("GET", path, expected=(200, 206, 404), further=further)
        self.read[str(answer.status)] += 1
        if answer.status == 200 and not is_whole(answer):
            self.line.odd.append((path, "is torn", answer.headers))


def is_whole(answer: Answer) -> bool:
    """Whether the content is what its tag says."""
    return answer.headers["ETag"] == f'"{hashlib.sha256(answer.body).hexdigest()}"'


@dataclass(slots=True, kw_only=True)
class Movers:
    """All of them, each in a thread."""

    turns: Mapping[str, Callable[[], None]]
    errors: list[BaseException] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def run_one(self, name: str, stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                self.turns[name]()
                self.done[name] += 1
        except BaseException as error:  # noqa: BLE001 - told by the test
            self.errors.append(error)

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Let them move inside the context, and end their turns after it."""
        stop = threading.Event()
        threads = [threading.Thread(target=self.run_one, args=(name, stop)) for name in self.turns]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()
