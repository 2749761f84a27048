"""What the driver raises becomes what callers can act on."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from collections.abc import Awaitable, Callable, Iterator
from urllib.parse import urlsplit

import pytest
import uvloop
from neo4j.exceptions import ConnectionAcquisitionTimeoutError, ServiceUnavailable, SessionExpired

from infra.engines.ports import LOOPBACK
from shared.adapters.neo4j.connection import Connection, RepeatableError, open_connection, translated
from shared.errors import DatabaseUnavailableError
from shared.settings import DatabaseSettings
from tests.support.faults.proxies import Proxy, open_proxy


def test_a_pool_without_a_free_connection_is_a_database_out_of_reach() -> None:
    with pytest.raises(DatabaseUnavailableError, match="too much to do"), translated("source"):
        raise ConnectionAcquisitionTimeoutError("none within 10 s")


@pytest.mark.parametrize("kind", [ServiceUnavailable, SessionExpired])
def test_a_lost_connection_may_be_tried_again(kind: type[Exception]) -> None:
    with pytest.raises(RepeatableError, match="'source'"), translated("source"):
        raise kind("gone")


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
