"""What the driver raises becomes what callers can act on."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import weakref
from collections.abc import Awaitable, Callable, Iterator
from urllib.parse import urlsplit

import pytest
import uvloop
from neo4j.exceptions import (
    ConnectionAcquisitionTimeoutError,
    Neo4jError,
    ResultFailedError,
    ServiceUnavailable,
    SessionExpired,
    TransactionError,
)
from neo4j.time import DateTime

from infra.engines.ports import LOOPBACK
from shared.adapters.neo4j import connection as connection_module
from shared.adapters.neo4j.connection import PROBED, Connection, open_connection
from shared.adapters.neo4j.cypher.catalogue import PROBE
from shared.adapters.neo4j.server_errors import (
    NoSuchDatabaseError,
    NotAdmittedError,
    PassingStateError,
    RefusedDataError,
    RepeatableError,
    TooMuchAtOnceError,
    translated,
)
from shared.errors import ConstraintViolatedError, DatabaseUnavailableError, GraphferryError, TransferError
from shared.graph import OffsetDateTime
from shared.settings.databases import DatabaseSettings
from tests.support.drivers import DriverDouble
from tests.support.faults.proxies import Proxy, open_proxy


def test_a_pool_without_a_free_connection_is_a_database_out_of_reach() -> None:
    with pytest.raises(DatabaseUnavailableError, match="too much to do"), translated("source"):
        raise ConnectionAcquisitionTimeoutError("none within 10 s")


@pytest.mark.parametrize("kind", [ServiceUnavailable, SessionExpired])
def test_a_lost_connection_may_be_tried_again(kind: type[Exception]) -> None:
    with pytest.raises(RepeatableError, match="'source'"), translated("source"):
        raise kind("gone")


def answer(code: str) -> Neo4jError:
    return Neo4jError._hydrate_neo4j(code=f"Neo.{code}", message="so it is")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("TransientError.Transaction.DeadlockDetected", RepeatableError),
        ("TransientError.Some.NewKind", RepeatableError),
        ("TransientError.General.DatabaseUnavailable", RepeatableError),
        ("ClientError.Cluster.NotALeader", RepeatableError),
        ("ClientError.Transaction.Terminated", RepeatableError),
        ("TransientError.Transaction.LockClientStopped", RepeatableError),
        ("TransientError.General.MemoryPoolOutOfMemoryError", TooMuchAtOnceError),
        ("TransientError.General.TransactionMemoryLimit", TooMuchAtOnceError),
        ("ClientError.Transaction.TransactionTimedOut", TooMuchAtOnceError),
        ("ClientError.Transaction.TransactionTimedOutClientConfiguration", TooMuchAtOnceError),
        ("ClientError.Security.Unauthorized", NotAdmittedError),
        ("ClientError.Security.AuthenticationRateLimit", NotAdmittedError),
        ("ClientError.Security.CredentialsExpired", NotAdmittedError),
        ("ClientError.Security.Forbidden", PassingStateError),
        ("ClientError.Security.TokenExpired", NotAdmittedError),
        ("ClientError.Database.DatabaseNotFound", NoSuchDatabaseError),
        ("ClientError.General.WriteOnReadOnlyAccessDatabase", PassingStateError),
        ("ClientError.General.ForbiddenOnReadOnlyDatabase", RepeatableError),
        ("DatabaseError.General.UnknownError", PassingStateError),
        ("DatabaseError.Transaction.TransactionCommitFailed", PassingStateError),
        ("Surprise.Of.Tomorrow", PassingStateError),
        ("DatabaseError.Statement.ExecutionFailed", RefusedDataError),
        ("ClientError.Statement.SyntaxError", TransferError),
        ("ClientError.Statement.ArgumentError", RefusedDataError),
        ("ClientError.Request.Invalid", RefusedDataError),
        ("ClientError.Schema.ConstraintValidationFailed", ConstraintViolatedError),
        ("ClientError.Statement.ConstraintVerificationFailed", ConstraintViolatedError),
    ],
)
def test_every_answer_of_a_server_has_its_reaction(code: str, kind: type[Exception]) -> None:
    with pytest.raises(GraphferryError, match=r"'source'.*so it is") as raised, translated("source"):
        raise answer(code)
    assert type(raised.value) is kind


async def test_a_value_that_the_server_cannot_read_is_named_by_its_first_failure(neo4j: DatabaseSettings) -> None:
    async with open_connection("source", neo4j) as connection:
        with pytest.raises(GraphferryError) as raised:
            await connection.write("RETURN $x", {"x": [OffsetDateTime(0, 0, 10**9)]}, {})
        assert "PullMessage" not in raised.value.message
        assert await connection.run("RETURN 1") == [[1]]


async def test_a_transaction_that_runs_out_of_our_time_is_too_much_at_once(
    neo4j: DatabaseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "TRANSACTION_TIMEOUT_SECONDS", 0.2)
    async with open_connection("source", neo4j) as connection:
        with pytest.raises(TooMuchAtOnceError, match="TimedOut"):
            await connection.write("UNWIND range(1, 3_000_000_000) AS i RETURN count(i % 7)", {}, {})


@pytest.mark.parametrize("kind", [ResultFailedError, TransactionError])
def test_what_fails_with_its_transaction_has_the_reason_of_the_transaction(kind: type[Exception]) -> None:
    with pytest.raises(RepeatableError, match="DeadlockDetected"), translated("source"):
        raise kind(None, "the result has failed") from answer("TransientError.Transaction.DeadlockDetected")


def test_a_connection_that_was_reset_is_replaced_under_every_event_loop(neo4j_2026: DatabaseSettings) -> None:
    with open_proxy(urlsplit(neo4j_2026.uri).port or 0, is_bolt=True) as proxy:
        settings = neo4j_2026.model_copy(update={"uri": f"bolt://{LOOPBACK}:{proxy.port}"})
        for new_loop in (asyncio.new_event_loop, uvloop.new_event_loop):
            with asyncio.Runner(loop_factory=new_loop) as runner:
                runner.run(reset_and_ask_again(settings, proxy))


async def reset_and_ask_again(settings: DatabaseSettings, proxy: Proxy) -> None:
    async with open_connection("source", settings) as connection:
        await connection.run("RETURN 1")
        await asyncio.to_thread(proxy.reset)
        await asyncio.sleep(0.1)  # until the loop knows
        assert await connection.run("RETURN 1") == [[1]]
        with pytest.raises(RepeatableError):
            await break_transaction(connection, proxy)
        assert await connection.run("RETURN 1") == [[1]]


async def break_transaction(connection: Connection, proxy: Proxy) -> None:
    async with connection.transaction({}) as transaction:
        await transaction.run("RETURN 1", {})
        await asyncio.to_thread(proxy.reset)
        await asyncio.sleep(0.1)
        await transaction.run("RETURN 1", {})


@pytest.mark.parametrize("is_explicit", [False, True])
async def test_a_commit_whose_answer_is_lost_may_be_repeated(neo4j_2026: DatabaseSettings, is_explicit: bool) -> None:
    with open_proxy(urlsplit(neo4j_2026.uri).port or 0, is_bolt=True) as proxy:
        settings = neo4j_2026.model_copy(update={"uri": f"bolt://{LOOPBACK}:{proxy.port}"})
        async with open_connection("source", settings) as connection:
            before = await count(connection)
            proxy.answers_to_lose = 1
            with pytest.raises(RepeatableError):
                await create(connection, is_explicit=is_explicit)
            assert (proxy.lost, await count(connection)) == (1, before + 1), "it was committed"
            await create(connection, is_explicit=is_explicit)
            assert await count(connection) == before + 2


async def count(connection: Connection) -> int:
    return int((await connection.run("MATCH (n:Lost) RETURN count(n)"))[0][0])


async def create(connection: Connection, *, is_explicit: bool) -> None:
    statement, metadata = "CREATE (n:Lost) RETURN 1", {"job": "a"}
    if not is_explicit:
        await connection.write(statement, {}, metadata)
        return
    async with connection.transaction(metadata) as transaction:
        await transaction.run(statement, {})
        await transaction.commit()


async def test_a_transaction_that_is_left_without_commit_changes_nothing(neo4j_2026: DatabaseSettings) -> None:
    async with open_connection("source", neo4j_2026) as connection:
        before = await count(connection)
        async with connection.transaction({}) as transaction:
            await transaction.run("CREATE (n:Lost)", {})
        assert await count(connection) == before


class Batch(list[int]):
    """Rows that can be watched."""


@contextlib.contextmanager
def without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def run_alone(connection: Connection, statement: str, rows: Batch) -> None:
    await connection.run(statement, {"rows": rows})


async def write(connection: Connection, statement: str, rows: Batch) -> None:
    await connection.write(statement, {"rows": rows}, {})


async def read_bookmarks(connection: Connection, _: str, __: Batch) -> None:
    await connection.read_bookmarks()


async def run_within_transaction(connection: Connection, statement: str, rows: Batch) -> None:
    async with connection.transaction({}) as transaction:
        await transaction.run(statement, {"rows": rows})
        await transaction.commit()


@pytest.mark.parametrize("send", [run_alone, write, run_within_transaction])
async def test_what_was_sent_goes_without_the_garbage_collector(
    neo4j_2026: DatabaseSettings, send: Callable[[Connection, str, Batch], Awaitable[None]]
) -> None:
    async with open_connection("source", neo4j_2026) as connection:
        with without_collector():
            rows = Batch([1, 2, 3])
            sent = weakref.ref(rows)
            await send(connection, "UNWIND $rows AS row RETURN row", rows)
            del rows
            assert sent() is None


FOREIGN = DateTime(2000, 1, 1)
"""What the driver makes of the value by itself."""

AWAY = ServiceUnavailable("away")


class TestCheck:
    async def test_comes_once_before_the_first_statements(self) -> None:
        driver = DriverDouble(probed=PROBED)
        connection = driver.connect()
        await asyncio.gather(*(connection.run("RETURN 1") for _ in range(3)))
        await connection.write("RETURN 2", {}, {})
        assert driver.sent == [PROBE, *["RETURN 1"] * 3, "RETURN 2"]

    @pytest.mark.parametrize("probed", [FOREIGN, None, OffsetDateTime(0, 0, 0), AttributeError("hydration_handler")])
    async def test_refuses_a_driver_that_does_not_hand_over_the_wires_values(self, probed: object) -> None:
        driver = DriverDouble(probed=probed)
        with pytest.raises(DatabaseUnavailableError, match="does not hand over values"):
            await driver.connect().run("RETURN 1")
        assert driver.sent == [PROBE]

    @pytest.mark.parametrize("send", [run_alone, write, run_within_transaction, read_bookmarks])
    async def test_stands_before_every_kind_of_statement(
        self, send: Callable[[Connection, str, Batch], Awaitable[None]]
    ) -> None:
        driver = DriverDouble(probed=FOREIGN)
        with pytest.raises(DatabaseUnavailableError):
            await send(driver.connect(), "RETURN 1", Batch())
        assert driver.sent == [PROBE]

    async def test_that_failed_is_made_again(self) -> None:
        driver = DriverDouble(probed=AWAY)
        connection = driver.connect()
        for _ in range(2):
            with pytest.raises(RepeatableError):
                await connection.run("RETURN 1")
        driver.probed = PROBED
        for _ in range(2):
            await connection.run("RETURN 1")
        assert driver.sent == [PROBE, PROBE, PROBE, "RETURN 1", "RETURN 1"]

    async def test_that_failed_holds_on_to_nothing(self) -> None:
        class Held:
            """What a caller has in hand."""

        async def ask() -> weakref.ref[Held]:
            held = Held()
            with contextlib.suppress(RepeatableError):
                await connection.run("RETURN 1")
            return weakref.ref(held)

        connection = DriverDouble(probed=AWAY).connect()
        held = await ask()
        gc.collect()
        assert held() is None

    async def test_that_failed_has_failed_for_all_who_waited(self) -> None:
        driver = DriverDouble(probed=AWAY)
        connection = driver.connect()
        errors = await asyncio.gather(*(connection.run("RETURN 1") for _ in range(3)), return_exceptions=True)
        assert [str(each) for each in errors] == ["Database 'left' is out of reach for now: away"] * 3
        assert all(isinstance(each, RepeatableError) for each in errors)
        assert driver.sent == [PROBE]

    async def test_whose_statement_was_cancelled_is_made_for_the_next(self) -> None:
        driver = DriverDouble(probed=PROBED)
        connection = driver.connect()
        first, second = (asyncio.create_task(connection.run("RETURN 1")) for _ in range(2))
        await asyncio.sleep(0.005)
        first.cancel()
        assert await second == []
        assert driver.sent == [PROBE, PROBE, "RETURN 1"]

    async def test_is_one_round_trip_to_a_server(
        self, neo4j: DatabaseSettings, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG, "neo4j.io"):
            async with open_connection("source", neo4j) as connection:
                await asyncio.gather(*(connection.run("RETURN 1") for _ in range(3)))
        sent = [line for line in caplog.messages if "C: RUN" in line or "C: PULL" in line]
        assert [PROBE in line for line in sent] == [True, *[False] * 7]
