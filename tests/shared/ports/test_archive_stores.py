"""Both archive stores keep the promises of their port."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.adapters.folders.archives import ArchiveDirectory
from shared.errors import ArchiveExistsError, InvalidFileNameError, UnknownArchiveError
from shared.ports.archives import ArchiveProof, ArchiveStore
from tests.support.memory.archives import MemoryArchives


@pytest.fixture(params=["memory", "directory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArchiveStore:
    return MemoryArchives(tmp_path) if request.param == "memory" else ArchiveDirectory(tmp_path / "archives")


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


async def test_a_proof_without_its_archive_names_none(store: ArchiveStore) -> None:
    await write(store, "a.zip", b"one", prove=True)
    await store.delete("acme", "a.zip")
    for proof in await store.list_proofs("acme"):
        assert proof.name is None
        await store.drop_proof("acme", proof, with_archive=True)
    assert await store.list_proofs("acme") == []
