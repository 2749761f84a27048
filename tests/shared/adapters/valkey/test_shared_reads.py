"""What concurrent readers ask travels together, and comes back to each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from infra.engines.ports import choose_port
from shared.adapters.valkey.client import open_valkey
from shared.adapters.valkey.shared_reads import SharedReads, open_shared_reads
from tests.support.least_rights import as_owner

pytestmark = pytest.mark.engines

HANGING_SECONDS = 5.0
"""How long a reader waits for a server that does not answer."""


@pytest.fixture
async def client(valkey_url: str) -> AsyncIterator[Redis]:
    """Of the server's owner: it counts reads, and keys are anybody's."""
    async with open_valkey(as_owner(valkey_url)) as opened:
        yield opened


async def count_reads(client: Redis) -> int:
    """How often the server has read from its sockets."""
    return int((await client.info("stats"))["total_reads_processed"])


async def test_each_reader_gets_its_own_answer_in_few_round_trips(client: Redis) -> None:
    for number in range(200):
        await client.set(f"key {number}", number)
    reads = SharedReads(client)
    before = await count_reads(client)
    answers = await asyncio.gather(*(reads.send("GET", f"key {number}") for number in range(200)))
    trips = await count_reads(client) - before
    assert answers == [str(number) for number in range(200)]
    assert trips < 10


async def test_a_refused_command_fails_for_its_sender_alone(client: Redis) -> None:
    await client.set("text", "ü")
    reads = SharedReads(client)
    asked = (reads.send("GET", "text"), reads.send("HGETALL", "text"))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert answers[0] == "ü"
    assert isinstance(answers[1], ResponseError)


async def test_a_reader_that_leaves_disturbs_nobody(client: Redis) -> None:
    await client.set("text", "here")
    reads = SharedReads(client)
    leaving, staying = (asyncio.create_task(reads.send("GET", "text")) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == "here"
    assert await reads.send("GET", "text") == "here"


async def test_a_connection_that_died_unnoticed_is_made_anew(client: Redis) -> None:
    await client.set("text", "here")
    reads = SharedReads(client)
    assert await reads.send("GET", "text") == "here"
    await client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")  # type: ignore[no-untyped-call]
    assert await reads.send("GET", "text") == "here"


async def test_without_a_server_every_reader_learns_so() -> None:
    async with open_valkey(f"redis://127.0.0.1:{choose_port()}/0") as client:
        reads = SharedReads(client)
        answers = await asyncio.gather(*(reads.send("GET", "text") for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in answers] == [RedisConnectionError] * 3


async def test_who_comes_while_a_server_hangs_waits_no_longer_than_the_first() -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    loop = asyncio.get_running_loop()
    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    async with server, open_valkey(url) as client:
        client.connection_pool.connection_kwargs["socket_timeout"] = HANGING_SECONDS
        reads = SharedReads(client)
        first = asyncio.create_task(reads.send("GET", "text"))
        await asyncio.sleep(HANGING_SECONDS / 2)
        late = asyncio.create_task(reads.send("GET", "text"))
        await asyncio.wait([first])
        told = loop.time()
        await asyncio.wait([late])
        seconds = loop.time() - told
    assert isinstance(first.exception(), Exception)
    assert isinstance(late.exception(), Exception)
    assert seconds < HANGING_SECONDS / 4


async def test_what_is_under_way_ends_with_the_reads() -> None:
    asked = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    async with server:
        async with open_shared_reads(url) as reads:
            reading = asyncio.create_task(reads.send("GET", "text"))
            await asked.wait()
        with pytest.raises(asyncio.CancelledError):
            await reading
    assert reads._sending is None
