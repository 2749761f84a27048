"""Both keepers of running jobs' lines keep the promises of their port."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis import Redis

from shared.adapters.valkey import live_logs
from shared.adapters.valkey.client import open_valkey
from shared.adapters.valkey.live_logs import ValkeyLiveLogs
from shared.adapters.valkey.namespaces import Namespace
from shared.ports.job_logs import LiveLogs, LogName
from shared.settings.process import Settings
from tests.support.least_rights import as_owner
from tests.support.memory.job_logs import MemoryLiveLogs

LOG = LogName(tenant="acme", job_id="job-1")
OTHER = LogName(tenant="globex", job_id="job-2")


@pytest.fixture(params=["memory", pytest.param("valkey", marks=pytest.mark.engines)])
async def logs(request: pytest.FixtureRequest) -> AsyncIterator[LiveLogs]:
    if request.param == "memory":
        yield MemoryLiveLogs()
        return
    async with open_valkey(request.getfixturevalue("valkey_url")) as client:
        yield ValkeyLiveLogs(client, Settings(), namespace=Namespace("test"))


async def test_lines_are_added_read_and_dropped(logs: LiveLogs) -> None:
    assert (await logs.read(LOG), await logs.list_logs()) == ([], [])
    assert await logs.append(LOG, ["1", "2"]) == 2
    assert await logs.append(LOG, ["3"]) == 3
    assert await logs.append(OTHER, ["ä"]) == 1
    assert sorted(each.tenant for each in await logs.list_logs()) == ["acme", "globex"]
    await logs.drop(LOG, ["1", "2"])
    assert (await logs.read(LOG), await logs.read(OTHER)) == (["3"], ["ä"])
    await logs.drop(LOG, ["3"])
    assert (await logs.read(LOG), await logs.list_logs()) == ([], [OTHER])


async def test_other_lines_than_those_that_were_read_stay(logs: LiveLogs) -> None:
    await logs.append(LOG, ["1", "2", "3"])
    await logs.drop(LOG, ["1", "2"])
    await logs.drop(LOG, ["1", "2"])  # again, as after a lost answer
    await logs.drop(LOG, [])
    assert await logs.read(LOG) == ["3"]


@pytest.mark.engines
async def test_there_is_an_end_to_lines_and_to_their_time(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_logs, "MOST_LINES", 3)
    settings = Settings(deadline_seconds=100, spark_deadline_seconds=200)
    async with open_valkey(valkey_url) as client:
        logs = ValkeyLiveLogs(client, settings, namespace=Namespace("test"))
        assert [await logs.append(LOG, [str(each)]) for each in range(5)] == [1, 2, 3, 3, 3]
        assert await logs.read(LOG) == ["2", "3", "4"]
        with Redis.from_url(as_owner(valkey_url)) as owner:
            (key,) = owner.keys("{test}:log:*")
            assert 200_000 < owner.pttl(key) <= 200_000 + 7 * 86_400_000
            owner.delete(key)  # as time does
        await logs.drop(LOG, [])
        assert await logs.list_logs() == []
