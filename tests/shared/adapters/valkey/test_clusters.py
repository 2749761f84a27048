"""The store may be a Valkey Cluster, one of whose servers has all keys of an installation."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from shared.adapters.valkey import addresses
from shared.adapters.valkey.addresses import open_pool
from shared.adapters.valkey.client import open_valkey
from shared.adapters.valkey.clusters import ClusterTlsConnection
from shared.adapters.valkey.layouts import find_namespace
from shared.errors import StoreUnavailableError
from shared.jobs.record import Status
from shared.ports.jobs import JobStore, WhenBusy
from shared.resources import open_job_store, open_resources
from shared.settings.process import Settings
from tests.support.faults.clusters import Cluster, open_cluster
from tests.support.job_stores import make_cancellation, make_job, open_valkey_rig

INSTALLATION = "ours"
ODD = "odd?*"
SUBMISSIONS = 10
"""At least, while the cluster changes."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with open_cluster(tmp_path_factory.mktemp("cluster"), INSTALLATION) as opened:
        yield opened


def make_settings(cluster: Cluster, **more: object) -> Settings:
    url = cluster.admit(INSTALLATION, ODD)
    return Settings.model_validate({"valkey_url": url, "installation": INSTALLATION, **more})


async def submit_during(store: JobStore, change: asyncio.Task[None]) -> list[str]:
    """Submit jobs until the change is over, and some more; return those that were answered."""
    answered: list[str] = []
    while not change.done() or len(answered) < SUBMISSIONS:
        job = make_job(f"tenant-{len(answered)}")
        answered.append((await store.submit(job, when_busy=WhenBusy.QUEUE)).id)
    await change
    return answered


async def test_no_answered_job_is_lost_in_a_failover(cluster: Cluster) -> None:
    async with open_job_store(make_settings(cluster, valkey_replicas=1)) as store:
        await asyncio.to_thread(cluster.wait_until_settled)
        before = cluster.find_owner(INSTALLATION)
        over = asyncio.create_task(asyncio.to_thread(cluster.fail_over))
        answered = await submit_during(store, over)
        assert cluster.find_owner(INSTALLATION) is not before
        assert [(await store.get(each)).status for each in answered] == [Status.CREATED] * len(answered)


async def test_a_killed_owner_is_followed_by_its_replica(cluster: Cluster) -> None:
    async with open_job_store(make_settings(cluster, valkey_replicas=1)) as store:
        await asyncio.to_thread(cluster.wait_until_settled)
        job = await store.submit(make_job("killed"), when_busy=WhenBusy.QUEUE)
        await asyncio.to_thread(cluster.kill_owner, INSTALLATION)
        assert (await store.get(job.id)).status is Status.CREATED
        await asyncio.to_thread(cluster.wait_until_settled)
        assert (await store.request_cancel(job.id, make_cancellation())).status is Status.CANCELLED


class TestMovingSlots:
    async def test_no_script_does_a_part_of_its_work(self, cluster: Cluster) -> None:
        """While some keys are at one server and some at the other, nobody writes; then all goes on at the other."""
        await asyncio.to_thread(cluster.wait_until_settled)
        target = next(each for each in cluster.nodes[1:3] if each is not cluster.find_owner(INSTALLATION))
        async with open_valkey_rig(cluster.admit(INSTALLATION)) as rig:
            known = await rig.store.submit(make_job("moved"), when_busy=WhenBusy.QUEUE)
            before = set(await rig.client.keys("*"))
            cluster.begin_moving(INSTALLATION, target)
            refused = make_job("refused")
            with addresses.patient_for(0), pytest.raises(StoreUnavailableError, match="NotNowError"):
                await rig.store.submit(refused, when_busy=WhenBusy.QUEUE)
            assert set(await rig.client.keys("*")) == before
            submission = asyncio.create_task(rig.store.submit(refused, when_busy=WhenBusy.QUEUE))
            await asyncio.to_thread(cluster.end_moving, INSTALLATION, target)
            assert (await submission).status is Status.CREATED
            assert cluster.find_owner(INSTALLATION) is target
            assert (await rig.store.get(known.id)).status is Status.CREATED


async def test_news_come_whichever_node_is_asked(cluster: Cluster) -> None:
    async with open_valkey_rig(cluster.admit(INSTALLATION)) as rig, rig.store.watch_cancels() as hints:
        job = await rig.store.submit(make_job("news"), when_busy=WhenBusy.QUEUE)
        (event,) = [each for each in await rig.queued("work") if each.job_id == job.id]
        assert await rig.store.claim(event, "one/1") is not None
        await rig.store.request_cancel(job.id, make_cancellation())
        assert await asyncio.wait_for(anext(hints), 10.0) == job.id


async def test_keys_are_always_tagged(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = make_settings(cluster, installation=ODD, data_dir=tmp_path_factory.mktemp("data"))
    async with open_resources(settings), open_valkey(settings.valkey_address) as client:
        namespace = await find_namespace(client, settings.installation, settings.valkey_address)
        assert namespace.text == "{odd?*}"
        assert await client.get("{odd?*}:schema") == "2"


async def test_nodes_that_do_not_answer_are_named() -> None:
    settings = Settings(valkey_url="redis+cluster://127.0.0.1:1,127.0.0.1:2/0")
    with addresses.patient_for(0), pytest.raises(StoreUnavailableError, match="no node of the cluster knows"):
        async with open_job_store(settings):
            pass


async def test_a_server_that_is_no_cluster_is_told(valkey_url: str) -> None:
    settings = Settings(valkey_url=valkey_url.replace("redis:", "redis+cluster:"))
    with addresses.patient_for(0), pytest.raises(StoreUnavailableError, match="cluster support disabled"):
        async with open_job_store(settings):
            pass


async def test_the_parts_of_an_address_are_taken() -> None:
    url = "rediss+cluster://us:p%40ss@one:1,two/0?ssl_cert_reqs=none&installation=ours"
    async with open_pool(url, decode_responses=True) as pool:
        kept = pool.connection_kwargs
        assert pool.connection_class is ClusterTlsConnection
        assert (kept["username"], kept["password"], kept["ssl_cert_reqs"]) == ("us", "p@ss", "none")
        asked = [each.connection_pool.connection_kwargs for _, each in vars(kept["owner"])["_nodes"]]
        assert [(each["host"], each["port"], each["password"]) for each in asked] == [
            ("one", 1, "p@ss"),
            ("two", 6379, "p@ss"),
        ]
        assert all((each["ssl_cert_reqs"], each["ssl_check_hostname"]) == ("none", False) for each in asked)
