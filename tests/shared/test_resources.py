"""What one process opens works together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from shared import resources as composition
from shared.adapters.valkey.client import open_valkey
from shared.checkup.installation import check_installation
from shared.errors import UnknownJobError
from shared.identity import Tenant
from shared.ports.archives import ArchiveStore
from shared.resources import open_resources
from shared.settings.process import Settings
from tests.support.keys import admit, make_key
from tests.support.least_rights import as_owner
from tests.support.object_stores import choose_prefix, credentials
from tests.support.stacks.engines import OBJECT_STORES, SessionEngines

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


@pytest.fixture(params=OBJECT_STORES)
def bucket(request: pytest.FixtureRequest, session_engines: SessionEngines) -> Iterator[str]:
    """What settings say of each of the session's object stores in turn."""
    with credentials():
        yield session_engines.object_store(request.param).address(choose_prefix())


async def test_a_process_with_a_bucket_has_no_pool_to_the_job_store_besides_its_own(
    valkey_url: str, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools: list[str] = []

    def open_counted(url: str) -> AbstractAsyncContextManager[Redis]:
        pools.append(url)
        return open_valkey(url)

    monkeypatch.setattr(composition, "open_valkey", open_counted)
    settings = Settings(valkey_url=valkey_url, data_dir=tmp_path, archives=bucket)
    async with open_resources(settings) as opened:
        await publish(opened.archives, 1)
    assert len(pools) == 1


async def publish(archives: ArchiveStore, number: int) -> str:
    async with archives.create("acme", owner=f"job-{number}") as pending:
        pending.path.write_bytes(b"%d" % number)
        return await pending.publish("a.zip", prove=number % 4 == 0)


async def test_processes_with_different_folders_share_a_bucket(valkey_url: str, bucket: str, tmp_path: Path) -> None:
    def settings(name: str) -> Settings:
        return Settings(
            valkey_url=valkey_url, data_dir=tmp_path / name, archives=bucket, scratch_dir=tmp_path / name / "scratch"
        )

    async with open_resources(settings("one")) as one, open_resources(settings("other")) as other:
        names = await asyncio.gather(*(publish((one, other)[each % 2].archives, each) for each in range(16)))
        assert sorted(names) == sorted(["a.zip", *(f"a-{number}.zip" for number in range(2, 17))])
        assert len(await other.archives.list_proofs("acme")) == 4
        for number, name in enumerate(names):
            async with other.archives.open_local("acme", name) as path:
                assert path.read_bytes() == b"%d" % number
        begun = await one.uploads.create("acme", length=2, name="b.zip", number=True)
        for process, piece in ((one, b"x"), (other, b"y")):
            async with process.uploads.open("acme", begun.id) as upload:
                await upload.write(piece)
                await upload.sync()
                assert (await process.uploads.get("acme", begun.id)).offset == upload.facts.offset + 1
    assert [path.name for name in ("one", "other") for path in (tmp_path / name).glob("archives")] == []


async def test_the_check_tells_of_a_bucket(valkey_url: str, bucket: str, tmp_path: Path) -> None:
    variables = {
        "GRAPHFERRY_VALKEY_URL": valkey_url,
        "GRAPHFERRY_DATA_DIR": str(tmp_path / "data"),
        "GRAPHFERRY_ARCHIVES": bucket,
        "GRAPHFERRY_SCRATCH_DIR": str(tmp_path / "scratch"),
    }
    found = {each.part: each for each in await check_installation(variables)}
    place = f"folder {bucket.partition('?')[0]}"
    assert found[place].state == "ok"
    careless = (
        "under a lease in the job store; logs are replaced under a lease alone; the store does not copy parts: "
        "large exports are fetched and sent again when they are published"
    )
    assert found[place].message.partition("are given ")[2] in {"by conditional writes", careless}
    assert f"folder {tmp_path / 'scratch'}: room" in found
    assert f"folder {tmp_path / 'data'}" not in found
    gone = {**variables, "GRAPHFERRY_ARCHIVES": bucket.replace("s3://ferry/", "s3://ferry-gone/")}
    (missing,) = [each for each in await check_installation(gone) if each.part.startswith("folder s3://")]
    assert missing.state == "failed"
