"""A cluster is followed: writes go to its leader, whoever that is, and exports come from replicas in time."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from shared.adapters.neo4j import repeating
from shared.adapters.neo4j.answered import Answered
from shared.adapters.neo4j.connection import Connection, open_connection
from shared.adapters.neo4j.cypher.catalogue import ENGINE_VERSION
from shared.adapters.neo4j.following import follow
from shared.adapters.neo4j.server_errors import NoSuchDatabaseError, PassingStateError
from shared.adapters.neo4j.source.source import Neo4jSource
from shared.adapters.neo4j.target.target import Neo4jTarget
from shared.jobs.record import Job, Status
from shared.settings.databases import DatabaseSettings
from tests.support.archives.making import read_back
from tests.support.bolt_cluster.cluster import BoltCluster, open_bolt_cluster
from tests.support.bolt_cluster.members import Refusal
from tests.support.comparer import Place, compare
from tests.support.moves import Mover
from tests.support.stacks.databases import INSTALLATION
from tests.support.tls import make_certificates

NODES = 400
BATCH = 20
ROWS = 5_000
"""More than wait between a server and who reads from it a row at a time."""


@pytest.fixture
def cluster(neo4j: DatabaseSettings) -> Iterator[BoltCluster]:
    """Three members before each of the session's servers, emptied."""
    with open_bolt_cluster(port_of(neo4j)) as opened:
        yield opened


def port_of(settings: DatabaseSettings) -> int:
    return urlsplit(settings.uri).port or 0


def change(settings: DatabaseSettings, **changes: Any) -> DatabaseSettings:
    return DatabaseSettings.model_validate({**settings.reveal(), **changes})


@pytest.fixture
async def right(neo4j: DatabaseSettings, cluster: BoltCluster) -> AsyncIterator[Connection]:
    """A connection to the cluster, with an application in it."""
    async with open_connection("right", change(neo4j, uri=cluster.address)) as connection:
        await connection.run("CREATE (:Application {Name: 'Led'})")
        await connection.run(f"UNWIND range(1, {NODES}) AS i CREATE (:Led {{number: i, turn: 0}})")
        await connection.run("MATCH (a:Led), (b:Led {number: 1}) CREATE (a)-[:KNOWS]->(b)")
        yield connection


@pytest.fixture
async def mover(
    neo4j: DatabaseSettings, cluster: BoltCluster, right: Connection, tmp_path: Path
) -> AsyncIterator[Mover]:
    """A worker over the cluster: `left` is exported from replicas, `right` from the leader."""
    async with AsyncExitStack() as stack:
        by_replicas = change(neo4j, uri=cluster.address, read="replica")
        left = await stack.enter_async_context(open_connection("left", by_replicas))
        await left.run("RETURN 1")
        yield Mover(
            data_dir=tmp_path,
            sources={
                "left": Neo4jSource(left, sessions=2, exports_from_replicas=True),
                "right": Neo4jSource(right, sessions=2),
            },
            targets={"right": Neo4jTarget(right, installation=INSTALLATION, lanes=2)},
        )


async def test_an_export_from_replicas_reads_nothing_of_the_application_from_the_leader(
    mover: Mover, cluster: BoltCluster
) -> None:
    asked = cluster.standing.asked
    asked.clear()
    assert (await mover.export("Led", database="left", batch_size=50)).status is Status.CLOSED
    assert [each for each in asked[0] if "Led" in each] == []
    assert [each for each in asked[1] + asked[2] if "Led" in each] != []
    asked.clear()
    assert (await mover.export("Led", database="right", batch_size=50)).status is Status.CLOSED
    assert {member for member, statements in asked.items() if statements} == {0}


async def test_an_export_waits_for_replicas_that_lag_and_is_of_one_state(
    mover: Mover, right: Connection, cluster: BoltCluster
) -> None:
    with cluster.lagging():
        await right.run("MATCH (n:Led) SET n.turn = 1")
        exporting = asyncio.create_task(mover.export("Led", database="left", batch_size=50))
        while not cluster.standing.waited:
            assert not exporting.done()
            await asyncio.sleep(0.02)
    job = await exporting
    assert job.archive is not None, job.failure
    graph = await read_back(mover.folder / job.archive.name, batch_size=1000)
    assert {row[2]["turn"] for row in graph.nodes} == {1}
    # The server's version is asked for before anything is read.
    assert [each for each in cluster.standing.stale if each != ENGINE_VERSION] == []


async def test_a_job_reads_on_other_members_what_it_wrote(right: Connection, cluster: BoltCluster) -> None:
    job = follow(right)
    with cluster.lagging():
        await job.write("CREATE (:Written)", {}, {})
        cluster.standing.leader = 1  # not known to the driver before its table is old
        cluster.standing.lagging = {0, 2}
        reading = asyncio.create_task(job.run("MATCH (n:Written) RETURN count(n)"))
        await asyncio.wait([reading], timeout=0.1)
    assert await reading == [[1]]
    assert cluster.standing.stale == []


@pytest.mark.parametrize("refusal", [None, *Refusal])
async def test_an_import_outlasts_a_change_of_leader(
    mover: Mover, neo4j: DatabaseSettings, cluster: BoltCluster, refusal: Refusal | None
) -> None:
    archive = (await mover.export("Led", database="left")).archive
    assert archive is not None
    cluster.standing.asked.clear()
    importing = asyncio.create_task(
        mover.import_archive(archive.name, database="right", batch_size=BATCH, import_as="Copy")
    )
    while len(cluster.standing.asked[0]) < NODES // BATCH:
        assert not importing.done()
        await asyncio.sleep(0)
    await asyncio.to_thread(cluster.switch, refusal=refusal, seconds=0.3)
    job: Job = await importing
    assert job.status is Status.CLOSED, job.failure
    password = neo4j.password.get_secret_value()
    led, copied = (Place(neo4j.uri, neo4j.user, password, label) for label in ("Led", "Copy"))
    assert compare(led, copied) == []


async def test_a_stream_goes_on_where_it_broke_and_the_mark_tells_of_it(
    right: Connection, cluster: BoltCluster
) -> None:
    job = follow(right)
    mark = await job.read_bookmarks()
    numbers: list[int] = []
    assert await job.read_bookmarks() == mark
    async for number, _ in job.stream(f"UNWIND range(1, {ROWS}) AS i RETURN i, 'a text of some length ' + i", {}):
        if not numbers:
            await asyncio.to_thread(cluster.cut, 0)
        numbers.append(number)
    assert numbers == list(range(1, ROWS + 1))
    assert await job.read_bookmarks() != mark


async def test_a_cluster_that_has_no_leader_for_long_is_given_up_with_a_stable_code(
    neo4j: DatabaseSettings, cluster: BoltCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeating, "REPEAT_SECONDS", 0.5)
    cluster.standing.leader = None
    async with open_connection("left", change(neo4j, uri=cluster.address)) as connection:
        with pytest.raises(
            PassingStateError, match="'left' is out of reach, or has no member in its cluster"
        ) as refusal:
            await follow(connection).run("RETURN 1")
    assert refusal.value.code == "DATABASE_UNAVAILABLE"


async def test_a_cluster_is_reached_by_tls(neo4j: DatabaseSettings, tmp_path: Path) -> None:
    ours, other = make_certificates(tmp_path, "ours", "other")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(ours)
    with open_bolt_cluster(port_of(neo4j), tls=context) as opened:
        for scheme, fields in (("neo4j+s", {"ca_file": ours}), ("neo4j+ssc", {})):
            settings = change(neo4j, uri=opened.address.replace("neo4j", scheme, 1), **fields)
            async with open_connection("left", settings) as connection:
                assert await connection.run("RETURN 1") == [[1]]
        untrusted = change(neo4j, uri=opened.address.replace("neo4j", "neo4j+s", 1), ca_file=other)
        with pytest.raises(PassingStateError, match="certificate verify failed"):
            async with open_connection("left", untrusted) as connection:
                await connection.run("RETURN 1")


async def test_members_are_told_with_what_they_do(mover: Mover, cluster: BoltCluster) -> None:
    leader, *followers = cluster.standing.addresses
    for database, exporting in (("left", set(followers)), ("right", {leader})):
        members = await mover.sources[database].list_members()
        assert [each.address for each in members] == sorted(cluster.standing.addresses)
        assert {each.address for each in members if each.leads} == {leader}
        assert {each.address for each in members if each.reads} == set(followers)
        assert {each.address for each in members if each.exports} == exporting


async def test_a_job_asks_a_cluster_for_nothing_but_what_it_reads(right: Connection, cluster: BoltCluster) -> None:
    cluster.standing.asked.clear()
    job = follow(right)
    assert await job.run("RETURN 2") == [[2]]
    await job.read_bookmarks()
    assert cluster.standing.asked == {0: ["RETURN 2", "RETURN 1"]}


@pytest.mark.parametrize(
    ("changes", "told"),
    [({"database": "tenant1"}, "has no such database"), ({"user": "nobody"}, "does not admit us")],
)
@pytest.mark.parametrize("is_routed", [True, False])
async def test_what_a_database_says_at_first_is_not_waited_out(
    neo4j: DatabaseSettings, cluster: BoltCluster, changes: dict[str, str], told: str, is_routed: bool
) -> None:
    settings = change(neo4j, uri=cluster.address if is_routed else neo4j.uri, **changes)
    async with open_connection("left", settings) as connection:
        target = Neo4jTarget(connection, installation=INSTALLATION).for_job()
        async with asyncio.timeout(repeating.SHUT_OUT_SECONDS):
            with pytest.raises(PassingStateError, match=told) as refusal:
                await target.require_beginning("job", [])
    assert not refusal.value.may_pass


async def test_a_database_that_has_served_may_be_missed_for_a_moment() -> None:
    answered = Answered()
    for served in (False, True):
        with pytest.raises(NoSuchDatabaseError) as refusal, answered.asking():
            raise NoSuchDatabaseError("has no such database")
        assert refusal.value.may_pass is served
        answered.note()


@pytest.mark.parametrize("is_routed", [True, False])
async def test_a_database_that_the_server_does_not_have_is_told_as_such(
    neo4j: DatabaseSettings, cluster: BoltCluster, is_routed: bool
) -> None:
    settings = change(neo4j, database="tenant1", uri=cluster.address if is_routed else neo4j.uri)
    async with open_connection("left", settings) as connection:
        for each in (connection, follow(connection)):
            async with asyncio.timeout(repeating.REPEAT_SECONDS / 2):  # at once, not after all patience
                with pytest.raises(PassingStateError, match=r"'left' has no such database.*tenant1"):
                    await each.run("RETURN 1")
