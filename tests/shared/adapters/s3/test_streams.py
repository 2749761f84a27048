"""Archives that are streamed into an object store, on a store with conditions and on one without."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from shared.adapters.s3.archives import S3Archives
from shared.adapters.s3.bucket import Bucket, Part
from shared.adapters.s3.copying import UNABLE
from shared.adapters.s3.keys import STAGING, archive_key, staging_lease, staging_of
from shared.archive.limits import MIB
from shared.archive.writing.writer import ArchiveWriter
from shared.errors import QuotaExceededError
from shared.jobs.summaries import ArchiveFacts
from shared.ports.archive_sinks import ArchiveSink
from shared.references import Direction, ExternalReference
from tests.support.archives.small import make_entry
from tests.support.object_stores import ObjectScene, make_scene

pytestmark = pytest.mark.engines

MOST = 100 * MIB
SIZES = (0, 14 * MIB, 1, 5 * MIB)
"""Of the applications, deflated, or so."""


def texts(size: int) -> Sequence[str]:
    return [random.Random(each).randbytes(min(MIB, size)).hex() for each in range(-(-size // MIB))]


async def fill(writer: ArchiveWriter, sizes: Sequence[int]) -> None:
    for number, size in enumerate(sizes):
        application = await writer.begin(make_entry(f"App {number}"), ())
        first = 100 * number
        nodes = [(first + at, ["A"], {f"x{at % 3}": text}) for at, text in enumerate(["first", *texts(size)])]
        for each in nodes:
            await application.write_nodes([each])
        await application.write_relationships([(first, first, first, "SELF", {"late": number})])
        await application.write_shared_nodes([first])
        reference = ExternalReference(
            node=first,
            direction=Direction.OUT,
            type="CALLS",
            properties={},
            application="App 0",
            version=None,
            key=None,
            far=0,
        )
        await application.write_references([reference] if number else [])
        await application.finish()
    await writer.finish("1", "source")


async def fill_sink(sink: ArchiveSink, sizes: Sequence[int]) -> None:
    async with ArchiveWriter.write_to(sink) as writer:
        await fill(writer, sizes)


async def stream(
    archives: S3Archives, name: str, sizes: Sequence[int], *, prove: bool = False, quota: int | None = None
) -> ArchiveFacts:
    async with archives.stream("acme", owner="job-1.1", most=MOST, quota=quota) as streamed:
        await fill_sink(streamed.sink, sizes)
        return await streamed.publish(name, prove=prove)


async def write_file(folder: Path, sizes: Sequence[int]) -> bytes:
    async with ArchiveWriter.open(folder / "file.zip") as writer:
        await fill(writer, sizes)
    return (folder / "file.zip").read_bytes()


async def read(scene: ObjectScene, name: str) -> bytes:
    return await scene.bucket.get(archive_key("acme", name))


@pytest.fixture
def scene(object_scene: ObjectScene, tmp_path: Path) -> ObjectScene:
    """A scene without scratch: there is a file where its folder would have to be."""
    (tmp_path / "none").write_bytes(b"")
    object_scene.scratch = tmp_path / "none" / "scratch"
    return object_scene


async def test_it_has_the_bytes_of_a_file_and_needs_none(
    scene: ObjectScene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archives, numbers, put_part = scene.open_archives(), list[int](), scene.bucket.put_part

    async def noted(key: str, upload: str, number: int, content: bytes) -> Part:
        if key.startswith(STAGING):
            numbers.append(number)
        return await put_part(key, upload, number, content)

    monkeypatch.setattr(scene.bucket, "put_part", noted)
    facts = await stream(archives, "a.zip", SIZES, prove=True)
    content = await write_file(tmp_path, SIZES)
    assert await read(scene, "a.zip") == content
    assert facts == ArchiveFacts(name="a.zip", bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    assert numbers.index(1) > numbers.index(2)  # what begins the object was known last
    async with archives.open_content("acme", "a.zip") as opened:
        assert (await opened.hash()).hex() == facts.sha256
    (proof,) = await archives.list_proofs("acme")
    assert (proof.owner, proof.name) == ("job-1.1", "a.zip")
    await archives.drop_proof("acme", proof, with_archive=False)
    assert await scene.list_keys() == [archive_key("acme", "a.zip")]
    assert await scene.bucket.list_multiparts("") == []


async def test_what_is_small_is_never_staged(scene: ObjectScene, tmp_path: Path) -> None:
    archives = scene.open_archives()
    facts = [await stream(archives, "a.zip", [0, 0], prove=prove) for prove in (False, True)]
    assert [each.name for each in facts] == ["a.zip", "a-2.zip"]
    content = await write_file(tmp_path, [0, 0])
    assert [await read(scene, each.name) for each in facts] == [content, content]


async def test_of_several_at_once_each_gets_a_name(scene: ObjectScene) -> None:
    processes = [scene.open_archives() for _ in range(2)]
    found = await asyncio.gather(*(stream(each, "a.zip", [9 * MIB], prove=True) for each in processes))
    assert sorted(each.name for each in found) == ["a-2.zip", "a.zip"]
    assert len({await read(scene, each.name) for each in found}) == 1
    assert await scene.list_keys(STAGING) == []


async def test_what_is_not_published_leaves_nothing(scene: ObjectScene) -> None:
    archives = scene.open_archives()
    async with archives.stream("acme", owner="job-1.1", most=MOST) as streamed:
        await fill_sink(streamed.sink, [9 * MIB])
        assert await scene.list_keys(STAGING) != []
        assert await archives.list_archives("acme") == []
    with pytest.raises(QuotaExceededError):
        await stream(archives, "a.zip", [9 * MIB], quota=9 * MIB, prove=True)
    assert await scene.list_keys() == []
    assert await scene.bucket.list_multiparts("") == []


async def test_what_is_cancelled_leaves_nothing(scene: ObjectScene) -> None:
    archives, reached = scene.open_archives(), asyncio.Event()

    async def write_and_wait() -> None:
        async with archives.stream("acme", owner="job-1.1", most=MOST) as streamed:
            body = streamed.sink.begin()
            for _ in range(24):
                await body.append(bytes(MIB))
            reached.set()
            await asyncio.Event().wait()

    writing = asyncio.create_task(write_and_wait())
    await reached.wait()
    writing.cancel()
    await asyncio.wait([writing])
    assert writing.cancelled()
    assert await scene.bucket.list_multiparts("") == []


async def test_what_dead_processes_staged_goes_and_what_lives_stays(scene: ObjectScene) -> None:
    archives, bucket = scene.open_archives(), scene.bucket
    dead, living = (staging_of("acme", "job-1.1", token) for token in ("dead", "living"))
    uploads = [await bucket.begin_multipart(f"{each}archive") for each in (dead, living)]
    await bucket.put_part(f"{dead}archive", uploads[0], 1, b"x" * 10)
    await bucket.put_part(f"{living}archive", uploads[1], 1, b"x" * 5)
    for each in (dead, living):
        await bucket.put(f"{each}0-spool-0", b"x")
    assert await archives.measure_open() == 15
    async with scene.leases.hold(staging_lease(living), seconds=0):
        assert await archives.remove_abandoned() == 0  # a lease may come back
        assert await archives.remove_abandoned() == 2
        assert [each.id for each in await bucket.list_multiparts("")] == [uploads[1]]
        assert await scene.list_keys() == [f"{living}0-spool-0"]
        assert await archives.measure_open() == 5
    assert await archives.remove_abandoned() == 0
    assert await archives.remove_abandoned() == 2
    assert await archives.measure_open() == 0
    assert await scene.list_keys() == []


async def test_who_lost_a_lease_takes_it_again(scene: ObjectScene) -> None:
    archives = scene.open_archives()
    async with archives.stream("acme", owner="job-1.1", most=MOST) as streamed:
        body = streamed.sink.begin()
        for _ in range(16):
            await body.append(bytes(MIB))
        (upload,) = await scene.bucket.list_multiparts("")
        scene.leases.expire()
        assert await archives.remove_abandoned() == 0
        async with asyncio.timeout(20):
            while not await scene.leases.is_held(staging_lease(upload.key)):  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.01)
        assert await archives.remove_abandoned() == 0
        assert [each.id for each in await scene.bucket.list_multiparts("")] == [upload.id]


async def test_a_trial_says_whether_parts_are_copied(moto: Bucket, rclone: Bucket, tmp_path: Path) -> None:
    for store, copies in ((moto, True), (rclone, False)):
        scene = make_scene(store, tmp_path)
        (facts,) = await scene.open_archives().try_folders()
        assert (UNABLE not in facts.note) == copies
        assert await scene.list_keys() == []
        assert await scene.bucket.list_multiparts("") == []
