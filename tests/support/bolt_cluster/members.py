"""What each member of the cluster does with the messages of one connection."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict, deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.support.bolt_cluster.wire import (
    BEGIN,
    COMMIT,
    FAILURE,
    GOODBYE,
    RECORD,
    ROUTE,
    RUN,
    SUCCESS,
    Streams,
    chunked,
    fields_of,
    make_message,
    read_message,
)

LOOK_SECONDS = 0.02
TABLE_SECONDS = 300
"""How long the driver believes a table, as a cluster says by default: until then refusals tell it of a new leader."""

_WRITES = re.compile(r"\b(CREATE|MERGE|SET|DELETE|REMOVE|DROP)\b")

_NO_STATEMENT = make_message(RUN, ["NO STATEMENT", {}, {}])
"""Fails at once, and with it the transaction that it is sent in."""


class Refusal(StrEnum):
    """What a member that does not lead says of a write."""

    NOT_A_LEADER = "Neo.ClientError.Cluster.NotALeader"
    READ_ONLY = "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase"
    UNAVAILABLE = "Neo.TransientError.General.DatabaseUnavailable"


class _Answer(StrEnum):
    """What becomes of the answer to a message."""

    PASSED = "passed"
    TABLE = "table"
    REFUSED = "refused"


@dataclass(slots=True, kw_only=True)
class Standing:
    """How the cluster stands; it may be changed at any time, and tells what was seen."""

    addresses: list[str] = field(default_factory=list)
    leader: int | None = 0
    """Which member takes writes; None during an election."""
    refusal: Refusal = Refusal.NOT_A_LEADER
    lagging: set[int] = field(default_factory=set)
    reached: frozenset[str] = frozenset()
    """The bookmarks that lagging members have reached."""
    issued: set[str] = field(default_factory=set)
    refused: int = 0
    waited: int = 0
    """How often a lagging member was asked for what it had not reached yet."""
    stale: list[str] = field(default_factory=list)
    """Statements that a lagging member may have answered from the past."""
    asked: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The statements of each member."""

    def make_table(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """Write the routing table that any of the members gives."""
        followers = [each for at, each in enumerate(self.addresses) if at != self.leader]
        writers = [] if self.leader is None else [self.addresses[self.leader]]
        servers = {"ROUTE": self.addresses, "READ": followers, "WRITE": writers}
        return {
            **known,
            "ttl": TABLE_SECONDS,
            "servers": [{"role": role, "addresses": each} for role, each in servers.items() if each],
        }


@dataclass(slots=True, kw_only=True)
class Link:
    """One connection to a member."""

    member: int
    standing: Standing
    _answers: deque[_Answer] = field(default_factory=deque)
    _is_open: bool = False
    """Whether a transaction is open, which takes more than one statement."""
    _may_write: bool = True
    _wrote: bool = False

    async def send(self, client: Streams, server: Streams) -> None:
        """Pass on what the client asks, until it ends."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                asked = await self._look_at(await read_message(client[0]))
                server[1].write(chunked(asked))
                await server[1].drain()

    async def answer(self, client: Streams, server: Streams) -> None:
        """Pass on what the server answers, until it ends."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                client[1].write(chunked(self._change(await read_message(server[0]))))
                await client[1].drain()

    async def _look_at(self, message: bytes) -> bytes:
        tag, answer = message[1], _Answer.PASSED
        if tag == ROUTE:
            answer = _Answer.TABLE
        elif tag == BEGIN:
            await self._begin(fields_of(message)[0], "BEGIN")
            self._is_open = True
        elif tag == RUN:
            answer = await self._run(message)
        elif tag == COMMIT and self._wrote and not self._leads:
            answer = _Answer.REFUSED
        if tag not in {RUN, BEGIN}:
            self._is_open = self._is_open and tag not in {COMMIT, 0x13, 0x0F}
        if tag != GOODBYE:
            self._answers.append(answer)
        return _NO_STATEMENT if answer is _Answer.REFUSED else message

    async def _run(self, message: bytes) -> _Answer:
        statement, _, extra = fields_of(message)
        if not self._is_open:
            await self._begin(extra, statement)
        self.standing.asked[self.member].append(statement)
        if not (self._may_write and _WRITES.search(statement)):
            return _Answer.PASSED
        self._wrote = True
        return _Answer.PASSED if self._leads else _Answer.REFUSED

    async def _begin(self, extra: Mapping[str, Any], statement: str) -> None:
        self._may_write, self._wrote = extra.get("mode") != "r", False
        standing, wanted = self.standing, set(extra.get("bookmarks", ()))
        if self.member not in standing.lagging:
            return
        if wanted <= standing.reached:
            standing.stale.append(statement)
            return
        standing.waited += 1
        while self.member in standing.lagging:  # noqa: ASYNC110 - another thread changes it
            await asyncio.sleep(LOOK_SECONDS)

    @property
    def _leads(self) -> bool:
        return self.standing.leader == self.member

    def _change(self, message: bytes) -> bytes:
        if message[1] == RECORD:
            return message
        answer = self._answers.popleft()
        if message[1] == SUCCESS and b"bookmark" in message:
            self.standing.issued.add(fields_of(message)[0]["bookmark"])
        if message[1] == SUCCESS and answer is _Answer.TABLE:
            (told,) = fields_of(message)
            return make_message(SUCCESS, [{**told, "rt": self.standing.make_table(told["rt"])}])
        if message[1] == FAILURE and answer is _Answer.REFUSED:
            self.standing.refused += 1
            return make_message(FAILURE, [self._refuse(fields_of(message)[0])])
        return message

    def _refuse(self, told: Mapping[str, Any]) -> dict[str, Any]:
        code = "neo4j_code" if "neo4j_code" in told else "code"
        refused = {**told, code: self.standing.refusal.value, "message": "this member does not lead"}
        return {**refused, "gql_status": "08N07"} if "gql_status" in told else refused
