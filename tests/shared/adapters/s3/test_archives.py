"""What archives in an object store are besides what their port says, on a store with conditions and on one without."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.s3.archives import S3Archives
from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.keys import archive_key, proof_key
from shared.adapters.s3.transfers import PIECE_BYTES
from shared.errors import (
    AmbiguousNameError,
    InvalidArchiveError,
    QuotaExceededError,
    UnavailableError,
    UnknownStrayError,
)
from shared.ports.archives import ArchiveProof, StrayKind
from tests.support.object_stores import ObjectScene, make_scene

pytestmark = pytest.mark.engines

LARGE = PIECE_BYTES + 1


async def write(archives: S3Archives, name: str, content: bytes, *, owner: str = "job-1", prove: bool = False) -> str:
    async with archives.create("acme", owner=owner) as pending:
        pending.path.write_bytes(content)
        return await pending.publish(name, prove=prove)


async def read(archives: S3Archives, name: str) -> bytes:
    async with archives.open_local("acme", name) as path:
        return path.read_bytes()


@pytest.mark.parametrize(("racing", "size"), [(16, 1), (3, LARGE)], ids=["small", "large"])
async def test_publishing_at_once_gives_every_file_a_name(object_scene: ObjectScene, racing: int, size: int) -> None:
    processes = [object_scene.open_archives() for _ in range(racing)]
    contents = [bytes([number]) * size for number in range(racing)]
    names = await asyncio.gather(*(write(*each) for each in zip(processes, ["a.zip"] * racing, contents, strict=True)))
    assert sorted(names) == sorted(["a.zip", *(f"a-{number}.zip" for number in range(2, racing + 1))])
    for name, content in zip(names, contents, strict=True):
        assert await read(processes[0], name) == content
    assert await object_scene.bucket.list_multiparts("") == []


async def test_what_is_larger_than_a_piece_comes_back_as_it_was(object_scene: ObjectScene) -> None:
    archives = object_scene.open_archives()
    content = b"".join(number.to_bytes(8, "big") for number in range(2 * PIECE_BYTES // 8 + 1))
    name = await write(archives, "Größe (1) & 50%+.zip", content)
    assert (await archives.get("acme", name)).bytes == len(content)
    assert await read(archives, name) == content
    assert list(object_scene.scratch.iterdir()) == []


async def test_of_two_spellings_the_one_that_was_sent_is_meant(object_scene: ObjectScene) -> None:
    archives, bucket = object_scene.open_archives(), object_scene.bucket
    one, other, third = "\u1e69.zip", "\u1e63\u0307.zip", "s\u0323\u0307.zip"
    for name in (one, other):
        await bucket.put(archive_key("acme", name), name.encode())
    for name in (one, other):
        assert await read(archives, name) == name.encode()
    with pytest.raises(AmbiguousNameError):
        await archives.get("acme", third)
    assert await write(archives, third, b"x") == "\u1e69-2.zip"


async def test_what_others_put_there_is_listed_or_a_stray(object_scene: ObjectScene) -> None:
    archives, bucket = object_scene.open_archives(), object_scene.bucket
    for name in ("theirs.zip", "notes.txt", "folder/a.zip", "folder/b.zip"):
        await bucket.put(archive_key("acme", name), b"x")
    assert [each.name for each in await archives.list_archives("acme")] == ["theirs.zip"]
    folder, file = await archives.list_strays("acme")
    assert [(each.name, each.kind) for each in (folder, file)] == [
        ("folder", StrayKind.FOLDER),
        ("notes.txt", StrayKind.FILE),
    ]
    for stray in (folder, file):
        await archives.remove_stray("acme", stray.id)
        with pytest.raises(UnknownStrayError):
            await archives.remove_stray("acme", stray.id)
    assert await object_scene.list_keys("archives/acme/") == [archive_key("acme", "theirs.zip")]


async def test_a_pin_that_was_left_is_none_of_the_archive_that_comes(object_scene: ObjectScene) -> None:
    archives = object_scene.open_archives()
    await write(archives, "a.zip", b"one")
    await archives.set_pinned("acme", "a.zip", pinned=True)
    await object_scene.bucket.delete(archive_key("acme", "a.zip"))
    assert await write(archives, "a.zip", b"two") == "a.zip"
    assert not (await archives.get("acme", "a.zip")).pinned


async def test_uploads_of_dead_processes_are_given_up_those_of_living_ones_kept(object_scene: ObjectScene) -> None:
    archives, bucket = object_scene.open_archives(), object_scene.bucket
    key = archive_key("acme", "a.zip")
    dead, living = [await bucket.begin_multipart(key) for _ in range(2)]
    await bucket.put_part(key, dead, 1, b"x")
    async with object_scene.leases.hold(f"multipart:{living}", seconds=0):
        assert await archives.remove_abandoned() == 1
        assert [each.id for each in await bucket.list_multiparts("")] == [living]
    assert await archives.remove_abandoned() == 1
    assert await bucket.list_multiparts("") == []
    assert await archives.remove_abandoned() == 0


async def test_what_cannot_be_published_leaves_nothing(object_scene: ObjectScene) -> None:
    archives = object_scene.open_archives()

    async def publish() -> None:
        async with archives.create("acme", owner="job-1", quota=LARGE - 1) as pending:
            pending.path.write_bytes(b"x" * LARGE)
            await pending.publish("a.zip", prove=True)

    with pytest.raises(QuotaExceededError, match="1 too many"):
        await publish()
    assert await object_scene.list_keys() == []
    assert await object_scene.bucket.list_multiparts("") == []


async def test_a_proof_that_is_dropped_takes_with_it_what_was_still_to_come(
    object_scene: ObjectScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    archives, reached, going_on = object_scene.open_archives(), asyncio.Event(), asyncio.Event()
    complete = object_scene.bucket.complete_multipart
    await archives.try_root()  # finds out what the store does

    async def complete_late(*arguments: Any, **named: Any) -> None:
        reached.set()
        await going_on.wait()
        await complete(*arguments, **named)

    monkeypatch.setattr(object_scene.bucket, "complete_multipart", complete_late)
    publishing = asyncio.create_task(write(archives, "a.zip", b"late", prove=True))
    await reached.wait()
    assert await archives.list_proofs("acme") == []  # it is still under way
    object_scene.leases.expire()  # its process is stopped
    (proof,) = await archives.list_proofs("acme")
    assert proof == ArchiveProof(owner="job-1", name=None)
    await archives.drop_proof("acme", proof, with_archive=True)
    going_on.set()
    with pytest.raises(UnavailableError):
        await publishing
    assert await object_scene.list_keys() == []


async def test_a_proof_that_is_none_goes(object_scene: ObjectScene) -> None:
    archives = object_scene.open_archives()
    for owner, content in (("one", b"{}"), ("two", b"\xff"), ("three", b'{"name": "../a.zip"}')):
        await object_scene.bucket.put(proof_key("acme", owner), content)
    proofs = await archives.list_proofs("acme")
    assert [each.name for each in proofs] == [None] * 3
    for proof in proofs:
        await archives.drop_proof("acme", proof, with_archive=True)
    assert await object_scene.list_keys() == []


async def test_an_archive_that_took_the_name_meanwhile_does_not_go_with_the_proof(moto: Bucket, tmp_path: Path) -> None:
    scene = make_scene(moto, tmp_path)
    archives = scene.open_archives()
    await write(archives, "a.zip", b"one", prove=True)
    await scene.bucket.delete(archive_key("acme", "a.zip"))
    await write(archives, "a.zip", b"two", owner="job-2")
    (proof,) = await archives.list_proofs("acme")
    assert proof.name is None
    await archives.drop_proof("acme", proof, with_archive=True)
    assert await read(archives, "a.zip") == b"two"


async def test_an_archive_that_rotted_is_refused(moto: Bucket, tmp_path: Path) -> None:
    scene = make_scene(moto, tmp_path)
    archives = scene.open_archives()
    await write(archives, "a.zip", b"one")
    facts = await scene.bucket.head(archive_key("acme", "a.zip"))
    await scene.bucket.put(facts.key, b"two", metadata=facts.metadata)
    with pytest.raises(InvalidArchiveError, match="bring the archive back from a backup"):
        await read(archives, "a.zip")


@pytest.mark.parametrize("size", [1, LARGE], ids=["small", "large"])
async def test_a_lost_answer_gives_no_second_archive(
    moto: Bucket, tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(moto, tmp_path)
    archives = scene.open_archives()
    await archives._conditional.find()
    for method in ("put", "complete_multipart"):
        real = getattr(scene.bucket, method)

        async def twice(*arguments: Any, _real: Any = real, **named: Any) -> None:
            await _real(*arguments, **named)
            await _real(*arguments, **named)

        monkeypatch.setattr(scene.bucket, method, twice)
    assert await write(archives, "a.zip", b"x" * size) == "a.zip"
    assert [each.name for each in await archives.list_archives("acme")] == ["a.zip"]


async def test_a_trial_says_how_names_are_given(moto: Bucket, rclone: Bucket, tmp_path: Path) -> None:
    for store, told in ((moto, "by conditional writes"), (rclone, "under a lease")):
        scene = make_scene(store, tmp_path)
        (facts,) = await scene.open_archives().try_folders()
        assert (facts.path, facts.fault) == (str(scene.bucket.address), None)
        assert told in facts.note
        assert await scene.list_keys() == []
