"""What archives in an object store are besides what their port says, on a store with conditions and on one without."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.s3.archives import S3Archives
from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.conditions import Conditional
from shared.adapters.s3.content import PIECE_BYTES as CONTENT_PIECE
from shared.adapters.s3.copying import Copying
from shared.adapters.s3.keys import archive_key, proof_key
from shared.adapters.s3.partial_file import BLOCK_BYTES, MOST_RANGES
from shared.adapters.s3.transfers import PIECE_BYTES
from shared.adapters.s3.trials import FAULT_SECONDS, GOOD_SECONDS, Trial
from shared.archive.inspection.inspected_archive import read_names
from shared.archive.limits import ArchiveLimits
from shared.errors import (
    AmbiguousNameError,
    InvalidArchiveError,
    QuotaExceededError,
    UnavailableError,
    UnknownStrayError,
)
from shared.ports.archives import ArchiveProof, StrayKind
from shared.ports.contents import Readable
from tests.support.archives.small import make_archive
from tests.support.object_stores import ObjectScene, make_scene

pytestmark = pytest.mark.engines

LARGE = PIECE_BYTES + 1
ARCHIVE = make_archive("App", texts=[random.Random(number).randbytes(50_000).hex() for number in range(20)])
"""A megabyte, which no deflating makes small."""


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


async def test_trials_of_dead_processes_are_removed(object_scene: ObjectScene) -> None:
    bucket = object_scene.bucket
    await bucket.put("trials/left", b"graphferry")
    await bucket.begin_multipart("trials/left")
    await S3Archives(object_scene.make_store()).remove_abandoned()
    assert await object_scene.list_keys() == ["trials/left"]  # somebody may be about to remove it
    await object_scene.open_archives().remove_abandoned()
    assert await object_scene.list_keys() == []
    assert await bucket.list_multiparts("") == []


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
    await archives.try_root()  # finds out what the store does
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


async def take_all(pieces: AsyncGenerator[bytes, None], taken: list[bytes]) -> None:
    async for piece in pieces:
        taken += [piece]


async def test_a_content_that_becomes_another_while_it_is_read_breaks_off(object_scene: ObjectScene) -> None:
    archives, bucket = object_scene.open_archives(), object_scene.bucket
    await write(archives, "a.zip", b"x" * 4 * CONTENT_PIECE)
    async with archives.open_content("acme", "a.zip") as content:
        pieces = content.read(range(content.size))
        assert await anext(pieces) == b"x" * CONTENT_PIECE
        await bucket.put(archive_key("acme", "a.zip"), b"y" * 4 * CONTENT_PIECE)
        rest: list[bytes] = []
        with pytest.raises(UnavailableError, match=r"Archive 'a\.zip' became another while it was read"):
            await take_all(pieces, rest)
        assert len(rest) < 3
        assert set(rest) <= {b"x" * CONTENT_PIECE}
        with pytest.raises(UnavailableError, match="became another"):
            await content.examine(lambda file: None)


async def test_of_a_content_that_rotted_the_end_is_not_given(moto: Bucket, tmp_path: Path) -> None:
    scene = make_scene(moto, tmp_path)
    archives = scene.open_archives()
    await write(archives, "a.zip", b"x" * 2 * CONTENT_PIECE)
    facts = await scene.bucket.head(archive_key("acme", "a.zip"))
    await scene.bucket.put(facts.key, b"y" * 2 * CONTENT_PIECE, metadata=facts.metadata)
    async with archives.open_content("acme", "a.zip") as content:
        pieces = content.read(range(content.size))
        assert await anext(pieces) == b"y" * CONTENT_PIECE
        with pytest.raises(InvalidArchiveError, match="bring the archive back from a backup"):
            await anext(pieces)


class CountedReads:
    """What is asked of a bucket's objects."""

    def __init__(self, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ranges: list[int] = []
        get_range = bucket.get_range

        async def counted(key: str, etag: str, start: int, length: int) -> bytes:
            self.ranges.append(length)
            return await get_range(key, etag, start, length)

        monkeypatch.setattr(bucket, "get_range", counted)


async def test_the_names_in_an_archive_are_read_by_two_ranges(
    moto: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(moto, tmp_path)
    archives = scene.open_archives()
    await write(archives, "a.zip", ARCHIVE)
    reads = CountedReads(scene.bucket, monkeypatch)
    async with archives.open_content("acme", "a.zip") as content:
        identity = await content.identify()
        assert reads.ranges == []
        assert await content.examine(lambda file: read_names(file, "a.zip", ArchiveLimits())) == ["App"]
    assert len(reads.ranges) == 2
    assert sum(reads.ranges) < 512 * 1024
    async with archives.open_local("acme", "a.zip") as path:
        assert await archives.identify(path) == identity


async def test_work_that_wants_too_many_ranges_gets_one_fetch(
    moto: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(moto, tmp_path)
    archives, size = scene.open_archives(), 2 * (MOST_RANGES + 8) * BLOCK_BYTES
    await write(archives, "a.zip", bytes(range(256)) * (size // 256))
    reads = CountedReads(scene.bucket, monkeypatch)

    def read_here_and_there(file: Readable) -> bytes:
        with file.open("rb") as opened:
            return b"".join(
                opened.read(1) for place in range(0, size, 2 * BLOCK_BYTES) if opened.seek(place + 7) is not None
            )

    async with archives.open_content("acme", "a.zip") as content:
        assert await content.examine(read_here_and_there) == b"\x07" * (MOST_RANGES + 8)
    assert len(reads.ranges) == MOST_RANGES + -(-size // PIECE_BYTES)
    assert list(scene.scratch.iterdir()) == []


async def test_who_lost_the_right_to_judge_deletes_nothing(moto: Bucket, tmp_path: Path) -> None:
    scene = make_scene(moto, tmp_path)
    archives = scene.open_archives()
    await write(archives, "a.zip", b"one")
    before = (await archives.get("acme", "a.zip")).arrived + timedelta(seconds=1)

    async def is_wanted() -> bool:
        scene.leases.expire()
        return False

    with pytest.raises(UnavailableError, match="lease ran out"):
        await archives.expire("acme", "a.zip", before=before, is_wanted=is_wanted)
    assert (await archives.get("acme", "a.zip")).name == "a.zip"


async def test_what_a_trial_found_is_told_for_some_seconds(
    moto: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket, now, puts, faults = make_scene(moto, tmp_path).bucket, 0.0, 0, False
    put = bucket.put

    async def counted(*arguments: Any, **named: Any) -> None:
        nonlocal puts
        puts += 1
        if faults:
            raise UnavailableError("away")
        await put(*arguments, **named)

    conditional = Conditional(bucket)
    await conditional.find()
    copying = Copying(bucket)
    await copying.find()
    monkeypatch.setattr(bucket, "put", counted)
    trial = Trial(bucket, conditional, copying, clock=lambda: now)
    await asyncio.gather(*(trial.find() for _ in range(5)))
    assert puts == 1
    now, faults = GOOD_SECONDS - 1, True
    assert (await trial.find()).fault is None
    now = GOOD_SECONDS
    assert [(await trial.find()).fault for _ in range(2)] == ["away", "away"]
    assert puts == 2
    now, faults = GOOD_SECONDS + FAULT_SECONDS, False
    assert (await trial.find()).fault is None
    assert FAULT_SECONDS < GOOD_SECONDS
