"""Clients that use the gateways of a fleet all the time, and keep what they were answered."""

from __future__ import annotations

import itertools
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from tests.support.faults.fleets import DATABASE, PATIENCE_SECONDS, Fleet, Room, wait_for
from tests.support.faults.stacks import has_ended
from tests.support.stacks.stacks import Answer

MOST_OPEN = 6
"""Jobs of one caller that have not ended."""
CANCELLED_SHARE = 0.3
PAUSE_SECONDS = 0.03


@dataclass(slots=True, kw_only=True)
class Submitted:
    """A submission that was answered."""

    id: str
    tenant: str
    accepted_by: str
    """The version."""
    is_cancelled: bool = False
    """Whether a cancel of it was answered."""


@dataclass(slots=True, kw_only=True)
class Caller:
    """Submits exports for its tenants in turn, follows them, and looks at everything."""

    fleet: Fleet
    tenants: Sequence[str]
    applications: Sequence[str]
    chance: random.Random
    unfinished: list[Submitted] = field(default_factory=list)
    ended: dict[str, Submitted] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    answered: Counter[tuple[str, str, str, int]] = field(default_factory=Counter)
    """By the gateway, its version, what was asked, and the status."""
    odd: list[object] = field(default_factory=list)
    """Answers that nobody may get."""
    turns: Iterator[int] = field(default_factory=itertools.count)

    def run(self, stop: threading.Event) -> None:
        """Go on until told to stop, then follow all jobs to their end."""
        for tenant in itertools.cycle(self.tenants):
            if stop.is_set():
                break
            if len(self.unfinished) < MOST_OPEN:
                self._submit(tenant)
            self._follow()
            self._look_around(tenant)
            time.sleep(PAUSE_SECONDS)
        end = time.monotonic() + PATIENCE_SECONDS
        while self.unfinished and time.monotonic() < end:
            self._follow()
            time.sleep(PAUSE_SECONDS)

    def _submit(self, tenant: str) -> None:
        """Submit two: the second waits for the first, and is cancelled by chance."""
        for application in self.chance.sample(self.applications, 2):
            body = {"database": DATABASE, "applications": [{"name": application}]}
            key = str(uuid.uuid4())
            room, answer = self._ask("submit", "POST", "/api/v1/exports", body, tenant, expected=(202,), once=key)
            if answer.status == 202:
                each = Submitted(id=answer.body["id"], tenant=tenant, accepted_by=room.version.name)
                self.unfinished.append(each)
        if self.unfinished and self.chance.random() < CANCELLED_SHARE:
            self._cancel(self.unfinished[-1])

    def _cancel(self, each: Submitted) -> None:
        body = {"status": "cancelled", "reason": "no longer wanted"}
        path = f"/api/v1/jobs/{each.id}"
        _, answer = self._ask("cancel", "PATCH", path, body, each.tenant, expected=(200, 202, 409))
        each.is_cancelled = answer.status != 409

    def _follow(self) -> None:
        for each in tuple(self.unfinished):
            _, answer = self._ask("read", "GET", f"/api/v1/jobs/{each.id}", None, each.tenant)
            if answer.status == 200 and has_ended(answer.body):
                self.statuses[each.id] = answer.body["status"]
                self.ended[each.id] = each
                self.unfinished.remove(each)

    def _look_around(self, tenant: str) -> None:
        what, path = self.chance.choice(
            [
                ("list", "/api/v1/jobs?limit=20"),
                ("overview", "/api/v1/overview"),
                ("ready", "/readyz"),
                ("archives", "/api/v1/archives?limit=20"),
                ("metrics", ""),
            ]
        )
        self._ask(what, "GET", path, None, tenant)

    def _ask(
        self,
        what: str,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        tenant: str,
        *,
        expected: Sequence[int] = (200,),
        once: str | None = None,
    ) -> tuple[Room, Answer]:
        """Ask the gateways in turn; where one is not there just now, ask the other."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            room = self.fleet.gateways[next(self.turns) % 2]
            try:
                answer = self._ask_one(room, method, path, body, tenant, once)
            except (OSError, HTTPException) as error:
                if not _is_gone(error) or time.monotonic() > end:
                    raise
                continue
            self.answered[room.name, room.version.name, what, answer.status] += 1
            if answer.status not in expected:
                self.odd.append((room.name, room.version.name, what, answer))
            return room, answer

    def _ask_one(
        self, room: Room, method: str, path: str, body: dict[str, Any] | None, tenant: str, once: str | None
    ) -> Answer:
        if not path:
            with urlopen(room.metrics_url, timeout=60) as answer:
                return Answer(answer.status, {}, answer.read())
        credentials = {"X-API-KEY": self.fleet.keys[tenant]["admin"], **({"Idempotency-Key": once} if once else {})}
        return self.fleet.client(room).request(method, path, body, credentials=credentials)


def _is_gone(error: OSError | HTTPException) -> bool:
    """Whether it is that of a gateway that is not started yet, or has stopped."""
    return isinstance(error.reason if isinstance(error, URLError) else error, ConnectionError)


@dataclass(slots=True, kw_only=True)
class Callers:
    """Several at once, in threads."""

    fleet: Fleet
    each: Sequence[Caller]
    errors: list[BaseException] = field(default_factory=list)

    @property
    def ended(self) -> Mapping[str, Submitted]:
        return {job_id: found for caller in self.each for job_id, found in tuple(caller.ended.items())}

    @property
    def answered(self) -> Counter[tuple[str, str, str, int]]:
        return sum((Counter(dict(tuple(caller.answered.items()))) for caller in self.each), Counter())

    def run_one(self, caller: Caller, stop: threading.Event) -> None:
        try:
            caller.run(stop)
        except BaseException as error:  # noqa: BLE001 - told by the test
            self.errors.append(error)

    def wait_for_more(self, room: Room, *, ended: int) -> None:
        """Wait until a room that has just been started has its share, and so many further jobs have ended."""
        before, answers = len(self.ended), self._count_answers(room)

        def is_reached() -> bool:
            assert not self.errors, self.errors
            used = self._count_answers(room) >= answers + 20 if room.is_gateway else self.fleet.has_attempted(room.pid)
            return used and len(self.ended) >= before + ended

        wait_for(is_reached, f"{room.name} ({room.version.name}) does not get its share")

    def _count_answers(self, room: Room) -> int:
        return sum(number for (name, *_), number in self.answered.items() if name == room.name)


@contextmanager
def calling(callers: Callers) -> Iterator[None]:
    """Let them call inside the context, and follow their jobs to the end after it."""
    stop = threading.Event()
    threads = [threading.Thread(target=callers.run_one, args=(each, stop)) for each in callers.each]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
