"""What one process opens works together."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis

from shared.errors import UnknownJobError
from shared.identity import Tenant
from shared.resources import open_resources
from shared.settings.process import Settings
from tests.support.keys import admit, make_key
from tests.support.least_rights import as_owner

pytestmark = pytest.mark.engines


async def test_a_key_and_a_job_are_read_in_one_round_trip(valkey_url: str, tmp_path: Path) -> None:
    key = make_key()

    async def read() -> None:
        found, missing = await asyncio.gather(
            resources.identity.find_key(key.sha256), resources.jobs.get("none"), return_exceptions=True
        )
        assert found.key.user == key.user  # type: ignore[union-attr]
        assert isinstance(missing, UnknownJobError)

    async with (
        open_resources(Settings(valkey_url=valkey_url, data_dir=tmp_path)) as resources,
        Redis.from_url(as_owner(valkey_url), single_connection_client=True) as observer,
    ):
        await resources.identity.create_tenant(Tenant(name=key.tenant, databases=()))
        await admit(resources.identity, key)
        await read()  # connects, loads scripts
        before = (await observer.info("stats"))["total_reads_processed"]
        for _ in range(10):
            await read()
        after = (await observer.info("stats"))["total_reads_processed"]
    assert after - before <= 10 + 1  # and the observer's own question
