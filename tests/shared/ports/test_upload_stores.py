"""All stores of uploads keep the promises of their port."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.adapters.folders.archives import ArchiveDirectory
from shared.adapters.folders.uploads import UploadDirectory
from shared.errors import ArchiveExistsError, QuotaExceededError, UnknownUploadError, UploadBusyError
from shared.ports.archives import ArchiveStore
from shared.ports.uploads import UploadFacts, UploadStore
from tests.support.object_stores import make_scene
from tests.support.stacks.engines import OBJECT_STORES

MIB = 1024**2


@dataclass(frozen=True, kw_only=True)
class Place:
    """Uploads and the archives that they become; the same once more, as another process has them open."""

    uploads: UploadStore
    archives: ArchiveStore
    elsewhere: UploadStore


@pytest.fixture(params=["directory", *(pytest.param(each, marks=pytest.mark.engines) for each in OBJECT_STORES)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "directory":
        one, other = (UploadDirectory(tmp_path, keep_seconds=3600) for _ in range(2))
        return Place(uploads=one, archives=ArchiveDirectory(tmp_path), elsewhere=other)
    scene = make_scene(request.getfixturevalue(request.param), tmp_path)
    return Place(uploads=scene.open_uploads(), archives=scene.open_archives(), elsewhere=scene.open_uploads())


async def begin(place: Place, length: int | None = 6, name: str = "a.zip", *, number: bool = True) -> UploadFacts:
    return await place.uploads.create("acme", length=length, name=name, number=number, metadata="filename YQ==")


async def append(place: Place, upload_id: str, *pieces: bytes, quota: int | None = None) -> None:
    async with place.uploads.open("acme", upload_id, quota=quota) as upload:
        for piece in pieces:
            await upload.write(piece)
            await upload.grow(len(piece))
        await upload.sync()


async def finish(place: Place, upload_id: str) -> tuple[str, bytes]:
    async with place.elsewhere.open("acme", upload_id) as upload:
        async with upload.open_local() as path:
            content = path.read_bytes()
        return await upload.publish(), content


async def read(place: Place, name: str) -> bytes:
    async with place.archives.open_local("acme", name) as path:
        return path.read_bytes()


async def names(place: Place) -> Sequence[str]:
    return [each.name for each in await place.archives.list_archives("acme")]


async def test_what_arrives_in_pieces_becomes_an_archive(place: Place) -> None:
    created = await begin(place)
    assert (created.offset, created.length, created.archive) == (0, 6, None)
    await append(place, created.id, b"one")
    facts = await place.elsewhere.get("acme", created.id)
    assert (facts.offset, facts.name, facts.metadata) == (3, "a.zip", "filename YQ==")
    assert await names(place) == []
    await append(place, created.id, b"t", b"wo")
    assert await finish(place, created.id) == ("a.zip", b"onetwo")
    assert await read(place, "a.zip") == b"onetwo"
    facts = await place.uploads.get("acme", created.id)
    assert (facts.offset, facts.archive) == (6, "a.zip")
    with pytest.raises(UnknownUploadError):
        await append(place, created.id, b"more")


async def test_pieces_of_any_size_come_together(place: Place) -> None:
    sizes = (1, 5 * MIB, 7 * MIB, 0, 9 * MIB, 3)
    pieces = [bytes([number + 1]) * size for number, size in enumerate(sizes)]
    created = await begin(place, sum(sizes))
    arrived = 0
    for piece in pieces:
        await append(place, created.id, *(piece[at : at + MIB] for at in range(0, len(piece), MIB)))
        arrived += len(piece)
        assert (await place.elsewhere.get("acme", created.id)).offset == arrived
    name, content = await finish(place, created.id)
    assert content == b"".join(pieces)
    assert await read(place, name) == content


async def test_a_name_taken_is_numbered_or_refused(place: Place) -> None:
    for number in (True, True, False):
        created = await begin(place, 1, number=number)
        await append(place, created.id, b"x")
        if number:
            await finish(place, created.id)
            continue
        with pytest.raises(ArchiveExistsError):
            await finish(place, created.id)
    assert await names(place) == ["a-2.zip", "a.zip"]


async def test_a_length_may_come_later(place: Place) -> None:
    created = await begin(place, None)
    async with place.uploads.open("acme", created.id) as upload:
        await upload.set_length(3)
        await upload.write(b"one")
        await upload.sync()
    facts = await place.elsewhere.get("acme", created.id)
    assert (facts.length, facts.offset) == (3, 3)


@pytest.mark.parametrize("size", [3, 9 * MIB], ids=["small", "large"])
async def test_what_is_in_doubt_counts_only_once_it_is_trusted(place: Place, size: int) -> None:
    created = await begin(place, None)
    await append(place, created.id, b"one")
    for keep, offset in ((False, 3), (True, 3 + size)):
        async with place.uploads.open("acme", created.id) as upload:
            await upload.doubt()
            await upload.write(b"x" * size)
            await upload.trust(keep=keep)
        assert (await place.elsewhere.get("acme", created.id)).offset == offset
    async with place.uploads.open("acme", created.id) as upload:
        await upload.doubt()
        await upload.write(b"y" * size)
    async with place.elsewhere.open("acme", created.id) as upload:  # its process died before
        assert upload.facts.offset == 3 + size


async def test_one_writes_and_is_told_that_another_waits(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.adapters.s3.uploads.TURN_SECONDS", 0.2)
    monkeypatch.setattr("shared.adapters.folders.uploads.TURN_SECONDS", 0.2)
    created = await begin(place)
    async with place.uploads.open("acme", created.id) as upload:
        waiting = asyncio.create_task(upload.wait_until_wanted())
        with pytest.raises(UploadBusyError):
            async with place.elsewhere.open("acme", created.id):
                pass
        opening = asyncio.create_task(place.elsewhere.open("acme", created.id).__aenter__())
        await asyncio.wait_for(waiting, 20)
        opening.cancel()
        await asyncio.wait([opening])


async def test_what_is_removed_leaves_nothing(place: Place) -> None:
    created = await begin(place, None)
    await append(place, created.id, b"x" * 9 * MIB)
    assert await place.archives.measure("acme") == 9 * MIB
    async with place.uploads.open("acme", created.id) as upload:
        await upload.remove()
    with pytest.raises(UnknownUploadError):
        await place.elsewhere.get("acme", created.id)
    assert await place.archives.measure("acme") == 0


async def test_what_is_above_the_quota_is_refused(place: Place) -> None:
    created = await begin(place, None)
    await append(place, created.id, b"x" * 60, quota=100)
    async with place.elsewhere.open("acme", created.id, quota=100) as upload:
        await upload.expect(40)
        with pytest.raises(QuotaExceededError, match="0 are there, and 101 more are 1 too many"):
            await upload.expect(41)


@pytest.mark.parametrize("upload_id", ["../acme", "0199f0c2-0000-7000-8000-000000000001", ""])
async def test_what_is_not_there_is_unknown(place: Place, upload_id: str) -> None:
    await begin(place)
    with pytest.raises(UnknownUploadError):
        await place.uploads.get("acme", upload_id)
    with pytest.raises(UnknownUploadError):
        async with place.uploads.open("acme", upload_id):
            pass
