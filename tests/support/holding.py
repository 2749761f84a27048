"""Holds jobs, before they begin or in their middle, for as long as a test likes, however fast the machine is."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager

from neo4j import Driver, GraphDatabase, Session, Transaction

from tests.support.comparer import Place
from tests.support.stacks.stacks import Stack

CONSTRAINT = "gates"


@contextmanager
def paused(*pids: int) -> Iterator[None]:
    """Keep processes stopped inside the context."""
    with ExitStack() as stopped:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
            stopped.callback(os.kill, pid, signal.SIGCONT)
        yield


def workers_held(stack: Stack) -> AbstractContextManager[None]:
    """Hold the workers still: no job begins, none goes on."""
    pids = [pid for name, pid in stack.ready["pids"].items() if name.startswith("worker")]
    assert pids
    return paused(*pids)


class Gate:
    """A node that is created and never committed: nobody else can create one with its name until the gate opens."""

    def __init__(self, transaction: Transaction, label: str, name: str) -> None:
        self._transaction = transaction
        transaction.run("CREATE (n:$($label)) SET n.name = $name", label=label, name=name).consume()

    def open(self) -> None:
        """Let all through. Safe to call again."""
        self._transaction.close()


@contextmanager
def closed_gates(place: Place, names: Sequence[str]) -> Iterator[list[Gate]]:
    """Close a gate before each node of the place's label that has one of these names.

    The batch that holds such a node waits inside the server, as do all that its lane would write; other lanes go on.
    The label is the test's own: its names become unique meanwhile.
    """
    with ExitStack() as opened:
        driver = opened.enter_context(GraphDatabase.driver(place.uri, auth=(place.user, place.password)))
        _change_schema(driver, f"CREATE CONSTRAINT {CONSTRAINT} FOR (n:`{place.label}`) REQUIRE n.name IS UNIQUE")
        opened.callback(_change_schema, driver, f"DROP CONSTRAINT {CONSTRAINT}")
        sessions = [opened.enter_context(driver.session()) for _ in names]
        yield [_close(session, place.label, name) for session, name in zip(sessions, names, strict=True)]


def _close(session: Session, label: str, name: str) -> Gate:
    return Gate(session.begin_transaction(), label, name)


def _change_schema(driver: Driver, statement: str) -> None:
    with driver.session() as session:
        session.run(statement).consume()
