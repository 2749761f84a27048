"""All archive stores keep the promises of their port."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from shared.adapters.folders.archives import ArchiveDirectory
from shared.archive_names import name_for_upload
from shared.errors import (
    ArchiveExistsError,
    ArchivePinnedError,
    ConflictError,
    InvalidFileNameError,
    QuotaExceededError,
    UnknownArchiveError,
)
from shared.jobs.summaries import ArchiveFacts
from shared.ports.archives import ArchiveProof, ArchiveStore
from shared.ports.contents import Readable
from shared.quotas import Room
from tests.support.memory.archives import MemoryArchives
from tests.support.object_stores import make_scene
from tests.support.stacks.engines import OBJECT_STORES


@pytest.fixture(
    params=["memory", "directory", *(pytest.param(each, marks=pytest.mark.engines) for each in OBJECT_STORES)]
)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArchiveStore:
    match request.param:
        case "memory":
            return MemoryArchives(tmp_path)
        case "directory":
            return ArchiveDirectory(tmp_path / "archives")
        case _:
            return make_scene(request.getfixturevalue(request.param), tmp_path / "scratch").open_archives()


async def write(
    store: ArchiveStore, name: str, content: bytes, *, tenant: str = "acme", number: bool = True, prove: bool = False
) -> str:
    async with store.create(tenant, owner="job-1") as pending:
        pending.path.write_bytes(content)
        return await pending.publish(name, number=number, prove=prove)


async def test_what_was_published_is_listed_and_read(store: ArchiveStore) -> None:
    assert await write(store, "b.zip", b"12345") == "b.zip"
    assert await write(store, "App (1) ä.zip", b"1") == "App (1) ä.zip"
    listed = await store.list_archives("acme")
    assert [(each.name, each.bytes) for each in listed] == [("App (1) ä.zip", 1), ("b.zip", 5)]
    assert abs(listed[0].modified - datetime.now(UTC)) < timedelta(minutes=1)
    assert await store.get("acme", "b.zip") == listed[1]
    async with store.open_local("acme", "b.zip") as path:
        assert path.read_bytes() == b"12345"


async def test_a_folder_goes_only_when_it_is_empty(store: ArchiveStore) -> None:
    for _ in range(2):
        await store.add_folder("acme")
    assert await write(store, "a.zip", b"1") == "a.zip"
    await store.drop_folder("acme")
    assert [each.name for each in await store.list_archives("acme")] == ["a.zip"]
    await store.delete("acme", "a.zip")
    for _ in range(2):
        await store.drop_folder("acme")
    assert await store.list_archives("acme") == []


async def test_a_name_taken_is_numbered_and_never_replaced(store: ArchiveStore) -> None:
    assert [await write(store, "a.zip", content) for content in (b"one", b"two", b"three")] == [
        "a.zip", "a-2.zip", "a-3.zip"
    ]  # fmt: skip
    async with store.open_local("acme", "a.zip") as path:
        assert path.read_bytes() == b"one"


async def test_a_name_taken_is_refused_where_numbers_are_not_wanted(store: ArchiveStore) -> None:
    await write(store, "a.zip", b"one")
    with pytest.raises(ArchiveExistsError):
        await write(store, "a.zip", b"two", number=False)
    assert [each.name for each in await store.list_archives("acme")] == ["a.zip"]


async def test_a_name_is_the_same_in_every_normal_form(store: ArchiveStore) -> None:
    assert await write(store, "Cafe\u0301.zip", b"one") == "Caf\u00e9.zip"
    assert await write(store, "Cafe\u0301.zip", b"two") == "Caf\u00e9-2.zip"
    with pytest.raises(ArchiveExistsError):
        await write(store, "Cafe\u0301.zip", b"two", number=False)
    assert (await store.get("acme", "Cafe\u0301.zip")).name == "Caf\u00e9.zip"
    async with store.open_local("acme", "Cafe\u0301-2.zip") as path:
        assert path.read_bytes() == b"two"
    await store.delete("acme", "Cafe\u0301.zip")
    assert [each.name for each in await store.list_archives("acme")] == ["Caf\u00e9-2.zip"]


async def test_a_part_not_published_leaves_nothing(store: ArchiveStore) -> None:
    async with store.create("acme", owner="job-1") as pending:
        pending.path.write_bytes(b"half")
        assert await store.list_archives("acme") == []
    assert not pending.path.exists()
    assert await store.list_archives("acme") == []


async def test_tenants_do_not_see_each_other(store: ArchiveStore) -> None:
    await write(store, "a.zip", b"one")
    assert await store.list_archives("globex") == []
    with pytest.raises(UnknownArchiveError, match=r"file 'a\.zip' not found"):
        await store.get("globex", "a.zip")


async def test_an_archive_is_deleted_once(store: ArchiveStore) -> None:
    await write(store, "a.zip", b"one")
    await store.delete("acme", "a.zip")
    with pytest.raises(UnknownArchiveError):
        await store.delete("acme", "a.zip")
    with pytest.raises(UnknownArchiveError):
        async with store.open_local("acme", "a.zip"):
            pass


@pytest.mark.parametrize("name", ["../a.zip", "a.txt", "a\0.zip", "a\\b.zip", "/etc/a.zip"])
async def test_unsafe_names_are_refused_by_every_method(store: ArchiveStore, name: str) -> None:
    with pytest.raises(InvalidFileNameError):
        await store.get("acme", name)
    with pytest.raises(InvalidFileNameError):
        await store.delete("acme", name)
    with pytest.raises(InvalidFileNameError):
        async with store.open_local("acme", name):
            pass
    with pytest.raises(InvalidFileNameError):
        await write(store, name, b"")


async def test_a_proof_tells_whose_an_archive_is_until_it_is_dropped(store: ArchiveStore) -> None:
    assert await store.list_proofs("acme") == []
    await write(store, "a.zip", b"one")
    await write(store, "a.zip", b"two", prove=True)
    (proof,) = await store.list_proofs("acme")
    assert proof == ArchiveProof(owner="job-1", name="a-2.zip")
    assert await store.list_proofs("globex") == []
    await store.drop_proof("acme", proof, with_archive=False)
    await store.drop_proof("acme", proof, with_archive=False)
    assert await store.list_proofs("acme") == []
    assert [each.name for each in await store.list_archives("acme")] == ["a-2.zip", "a.zip"]


async def test_an_archive_goes_with_its_proof(store: ArchiveStore) -> None:
    await write(store, "a.zip", b"one")
    await write(store, "a.zip", b"two", prove=True)
    (proof,) = await store.list_proofs("acme")
    await store.drop_proof("acme", proof, with_archive=True)
    assert [each.name for each in await store.list_archives("acme")] == ["a.zip"]
    assert await store.list_proofs("acme") == []


async def test_a_pinned_archive_outlives_its_proof(store: ArchiveStore) -> None:
    await write(store, "a.zip", b"one", prove=True)
    await store.set_pinned("acme", "a.zip", pinned=True)
    (proof,) = await store.list_proofs("acme")
    await store.drop_proof("acme", proof, with_archive=True)
    assert [(each.name, each.pinned) for each in await store.list_archives("acme")] == [("a.zip", True)]
    assert await store.list_proofs("acme") == []


async def test_a_proof_without_its_archive_names_none(store: ArchiveStore) -> None:
    await write(store, "a.zip", b"one", prove=True)
    await store.delete("acme", "a.zip")
    for proof in await store.list_proofs("acme"):
        assert proof.name is None
        await store.drop_proof("acme", proof, with_archive=True)
    assert await store.list_proofs("acme") == []


async def write_within(store: ArchiveStore, quota: int, name: str, size: int, *, owner: str = "job-1") -> str:
    async with store.create("acme", owner=owner, quota=quota) as pending:
        pending.path.write_bytes(b"x" * size)
        return await pending.publish(name)


async def test_a_quota_can_be_filled_to_the_last_byte(store: ArchiveStore) -> None:
    await write_within(store, 100, "a.zip", 60)
    with pytest.raises(QuotaExceededError) as refused:
        await write_within(store, 100, "b.zip", 41)
    assert refused.value.message == (
        "The tenant's archives may take 100 bytes in all: 60 are there, and 41 more are 1 too many. "
        "Delete archives, or ask an administrator to raise max_total_bytes."
    )
    assert await store.measure("acme") == 60
    await write_within(store, 100, "b.zip", 40)
    assert (await store.measure("acme"), await store.measure("globex")) == (100, 0)
    with pytest.raises(QuotaExceededError):
        await write_within(store, 100, "c.zip", 1)
    await store.delete("acme", "a.zip")
    await write_within(store, 100, "c.zip", 60)


async def test_what_is_being_written_counts_and_a_proof_does_not_count_twice(store: ArchiveStore) -> None:
    async with store.create("acme", owner="job-1") as pending:
        pending.path.write_bytes(b"x" * 60)
        assert await store.measure("acme") == 60
        with pytest.raises(QuotaExceededError, match="60 are there, and 41 more"):
            await write_within(store, 100, "b.zip", 41, owner="job-2")
        await pending.publish("a.zip", prove=True)
    assert len(await store.list_proofs("acme")) == 1
    assert await store.measure("acme") == 60


async def test_what_grows_above_its_quota_goes_at_once(store: ArchiveStore) -> None:
    async with store.create("acme", owner="job-1", quota=100) as pending:
        with pending.path.open("wb", buffering=0) as file:
            for _ in range(2):
                file.write(b"x" * 50)
                await pending.grow(50)
            file.write(b"x")
            with pytest.raises(QuotaExceededError, match="0 are there, and 101 more are 1 too many"):
                await pending.grow(1)
        assert await store.measure("acme") == 0


async def test_what_is_expected_is_refused_before_it_comes(store: ArchiveStore) -> None:
    await write_within(store, 100, "a.zip", 60)
    async with store.create("acme", owner="job-1", quota=100) as pending:
        assert await pending.expect(40) == Room(quota=100, there=60)
        pending.path.write_bytes(b"x" * 10)
        assert await pending.expect(30) == Room(quota=100, there=60)
        with pytest.raises(QuotaExceededError, match="60 are there, and 41 more are 1 too many"):
            await pending.expect(31)
        assert await store.measure("acme") == 60
    async with store.create("acme", owner="job-1") as pending:
        assert await pending.expect(10**15) is None


async def test_of_two_that_grow_too_much_together_one_stays(store: ArchiveStore) -> None:
    create = partial(store.create, "acme", quota=100)
    async with create(owner="one") as one, create(owner="other") as other:
        for pending in (one, other):
            pending.path.write_bytes(b"x" * 60)
        with pytest.raises(QuotaExceededError):
            await one.grow(60)
        await other.grow(60)
        assert await other.publish("other.zip") == "other.zip"
    assert [each.name for each in await store.list_archives("acme")] == ["other.zip"]


async def test_a_pinned_archive_stays_until_it_is_unpinned(store: ArchiveStore) -> None:
    for name in ("Café.zip", "b.zip"):
        await write(store, name, b"one")
    for _ in range(2):
        assert (await store.set_pinned("acme", "Cafe\u0301.zip", pinned=True)).pinned
    assert [(each.name, each.pinned) for each in await store.list_archives("acme")] == [
        ("Café.zip", True),
        ("b.zip", False),
    ]
    assert (await store.get("acme", "Café.zip")).pinned
    with pytest.raises(ArchivePinnedError, match="unpin it first"):
        await store.delete("acme", "Café.zip")
    assert await store.measure("acme") == 6
    for _ in range(2):
        assert not (await store.set_pinned("acme", "Café.zip", pinned=False)).pinned
    await store.delete("acme", "Café.zip")
    await write(store, "Café.zip", b"two")
    assert not (await store.get("acme", "Café.zip")).pinned


async def test_only_an_archive_that_people_chose_can_be_pinned(store: ArchiveStore) -> None:
    with pytest.raises(UnknownArchiveError):
        await store.set_pinned("acme", "a.zip", pinned=True)
    own = name_for_upload("0199f0c2-0000-7000-8000-000000000001")
    await write(store, own, b"one")
    with pytest.raises(ConflictError, match="goes with its job"):
        await store.set_pinned("acme", own, pinned=True)


async def answer(*, wanted: bool) -> bool:
    return wanted


async def test_an_archive_that_came_later_or_is_wanted_does_not_expire(store: ArchiveStore) -> None:
    await write(store, "a.zip", b"one")
    arrived = (await store.get("acme", "a.zip")).arrived
    with pytest.raises(UnknownArchiveError):
        await store.expire("acme", "a.zip", before=arrived, is_wanted=partial(answer, wanted=False))
    for wanted, is_gone in ((True, False), (False, True)):
        before = arrived + timedelta(seconds=1)
        assert await store.expire("acme", "a.zip", before=before, is_wanted=partial(answer, wanted=wanted)) is is_gone
    assert await store.list_archives("acme") == []


async def test_whether_an_archive_is_wanted_is_asked_when_nobody_keeps_it(store: ArchiveStore) -> None:
    await write(store, "a.zip", b"one")
    before = (await store.get("acme", "a.zip")).arrived + timedelta(seconds=1)
    wanted = False

    async def is_wanted() -> bool:
        return wanted

    async with store.keep("globex"), store.keep("acme"), store.keep("acme"):
        expiring = asyncio.create_task(store.expire("acme", "a.zip", before=before, is_wanted=is_wanted))
        await asyncio.wait([expiring], timeout=0.1)
        wanted = True
    assert await expiring is False
    assert [each.name for each in await store.list_archives("acme")] == ["a.zip"]


async def test_nobody_keeps_an_archive_that_is_being_judged(store: ArchiveStore) -> None:
    await write(store, "a.zip", b"one")
    before = (await store.get("acme", "a.zip")).arrived + timedelta(seconds=1)
    asked, answered = asyncio.Event(), asyncio.Event()

    async def is_wanted() -> bool:
        asked.set()
        await answered.wait()
        return False

    async def find() -> str:
        async with store.keep("acme"):
            return (await store.get("acme", "a.zip")).name

    expiring = asyncio.create_task(store.expire("acme", "a.zip", before=before, is_wanted=is_wanted))
    await asked.wait()
    finding = asyncio.create_task(find())
    await asyncio.wait([finding], timeout=0.1)
    answered.set()
    assert await expiring is True
    with pytest.raises(UnknownArchiveError):
        await finding


async def collect(pieces: AsyncGenerator[bytes, None]) -> bytes:
    return b"".join([piece async for piece in pieces])


CONTENT = b"".join(number.to_bytes(4, "big") for number in range(800_000))
"""Longer than what stores read at once."""


async def test_a_content_is_read_in_parts_and_told_by_its_hash(store: ArchiveStore) -> None:
    await write(store, "Café.zip", CONTENT)
    async with store.open_content("acme", "Cafe\u0301.zip") as content:
        assert content.size == len(CONTENT)
        assert abs(content.changed - datetime.now(UTC).timestamp()) < 60
        for part in (range(len(CONTENT)), range(5, 6), range(1_048_575, 2_097_153), range(7, 7)):
            assert await collect(content.read(part)) == CONTENT[part.start : part.stop]
        assert await content.hash() == hashlib.sha256(CONTENT).digest()
        async with store.open_local("acme", "Café.zip") as path:
            assert await content.identify() == await store.identify(path)


async def test_what_is_remembered_of_a_content_is_of_no_other(store: ArchiveStore) -> None:
    versions, identities = set(), set()
    for name, text in (("a.zip", b"one"), ("b.zip", b"two"), ("c.zip", b"one two")):
        await write(store, name, text)
        async with store.open_content("acme", name) as content:
            versions.add(content.version)
            identities.add(await content.identify())
    assert (len(versions), len(identities)) == (3, 3)


async def test_work_reads_at_any_place(store: ArchiveStore) -> None:
    await write(store, "a.zip", CONTENT)

    def work(file: Readable) -> tuple[int, bytes, bytes, bytes]:
        with file.open("rb") as opened:
            size = opened.seek(0, os.SEEK_END)
            opened.seek(-3, os.SEEK_CUR)
            end = opened.read()
            opened.seek(1_500_001)
            middle = opened.read(200_000)
            opened.seek(0)
            return size, opened.read(4), middle, end

    async with store.open_content("acme", "a.zip") as content:
        found = await content.examine(work)
    assert found == (len(CONTENT), CONTENT[:4], CONTENT[1_500_001:1_700_001], CONTENT[-3:])


def hash_all(file: Readable) -> str:
    with file.open("rb") as opened:
        return hashlib.sha256(opened.read()).hexdigest()


async def test_work_that_reads_all_of_it_gets_all_of_it(store: ArchiveStore) -> None:
    await write(store, "a.zip", CONTENT * 4)

    async with store.open_content("acme", "a.zip") as content:
        assert await content.examine(hash_all) == hashlib.sha256(CONTENT * 4).hexdigest()


async def test_an_empty_content_is_read(store: ArchiveStore) -> None:
    await write(store, "a.zip", b"")
    async with store.open_content("acme", "a.zip") as content:
        assert await collect(content.read(range(0))) == b""
        assert await content.hash() == hashlib.sha256().digest()
        assert await content.examine(hash_all) == hashlib.sha256().hexdigest()


async def test_a_content_that_is_not_there_is_not_opened(store: ArchiveStore) -> None:
    for name, error in (("a.zip", UnknownArchiveError), ("../a.zip", InvalidFileNameError)):
        with pytest.raises(error):
            async with store.open_content("acme", name):
                pass


async def test_what_is_streamed_is_an_archive_as_any_other(store: ArchiveStore) -> None:
    for name in ("a.zip", "a-2.zip"):
        async with store.stream("acme", owner=name, most=1000, quota=1000) as streamed:
            await streamed.sink.write(b"first")
            body = streamed.sink.begin()
            await body.append(b"third")
            assert streamed.sink.size == 5
            await body.finish(b"second")
            assert b"".join([piece async for piece in streamed.sink.read_back()]) == b"firstsecondthird"
            await streamed.sink.write(b"last")
            await streamed.sink.finish(lambda _: None)
            assert await store.measure("acme") == (20 if name == "a.zip" else 40)
            facts = await streamed.publish("a.zip", prove=name == "a.zip")
        assert facts == ArchiveFacts(name=name, bytes=20, sha256=hashlib.sha256(b"firstsecondthirdlast").hexdigest())
        async with store.open_local("acme", name) as path:
            assert path.read_bytes() == b"firstsecondthirdlast"
    assert [each.name for each in await store.list_proofs("acme")] == ["a.zip"]


async def test_what_is_streamed_and_not_published_leaves_nothing(store: ArchiveStore) -> None:
    async with store.stream("acme", owner="job-1", most=1000) as streamed:
        await streamed.sink.write(b"half")
    assert (await store.list_archives("acme"), await store.measure("acme")) == ([], 0)
    async with store.stream("acme", owner="job-1", most=1000, quota=4) as streamed:
        await streamed.sink.write(b"large")
        await streamed.sink.finish(lambda _: None)
        with pytest.raises(QuotaExceededError):
            await streamed.publish("a.zip")
    assert (await store.list_archives("acme"), await store.measure("acme")) == ([], 0)
