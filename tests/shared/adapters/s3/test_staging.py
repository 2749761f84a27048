"""What grows in a bucket has the right bytes and fitting parts, whatever its entries' sizes; tried with small parts."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from itertools import product

import pytest

from shared.adapters.s3 import staged, staging
from shared.adapters.s3.copying import Copying
from shared.adapters.s3.part_sizes import PartSizes
from shared.adapters.s3.staged import StagedPayload, cut_spans
from shared.adapters.s3.staging import StagingSink
from shared.adapters.s3.transfers import MOST_PARTS
from shared.archive.limits import GIB, MIB
from shared.errors import UnavailableError, VerificationError
from tests.support.memory.buckets import MemoryBucket

LEAST, USUAL = 50, 80
SIZES = PartSizes(most=0, usual=USUAL, least=LEAST)
BORDERS = (0, 1, LEAST - 1, LEAST, LEAST + 1, USUAL - 1, USUAL, USUAL + 1, LEAST + USUAL, 5 * USUAL + 7)


def fill(size: int, seed: int) -> bytes:
    return bytes((seed * 31 + each * 7) % 251 for each in range(size))


async def write_entries(sink: StagingSink, sizes: Sequence[int], *, piece: int = 9) -> bytes:
    """Write a body of each size behind a head, in pieces; return what there has to be."""
    whole = b""
    for number, size in enumerate(sizes, 1):
        head, content = fill(number, 100 + number), fill(size, number)
        body = sink.begin()
        for start in range(0, size, piece):
            await body.append(content[start : start + piece])
        await body.finish(head)
        whole += head + content
        assert sink.size == sink.taken == len(whole)
    return whole


async def read_all(sink: StagingSink) -> bytes:
    return b"".join([piece async for piece in sink.read_back()])


async def finish(sink: StagingSink, trailer: bytes) -> None:
    body = sink.begin()
    await body.append(trailer)
    await body.finish(b"")
    await sink.finish(lambda _: None)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> MemoryBucket:
    monkeypatch.setattr(staging, "_PAUSES", (0.0, 0.0))
    monkeypatch.setattr(staged, "_COPIED_BYTES", USUAL)
    return MemoryBucket(least=LEAST)


async def publish(bucket: MemoryBucket, sink: StagingSink) -> bytes:
    upload = await bucket.begin_multipart("archive")
    parts = await StagedPayload(sink, Copying(bucket)).send(bucket, "archive", upload)
    await bucket.complete_multipart("archive", upload, parts)
    return bucket.objects["archive"]


@pytest.mark.parametrize("sizes", [*product(BORDERS, repeat=2), BORDERS, BORDERS[::-1]], ids=str)
async def test_entries_of_every_size_give_the_bytes_in_their_order(bucket: MemoryBucket, sizes: Sequence[int]) -> None:
    sink, trailer = StagingSink(bucket, "staging/", SIZES), fill(USUAL + 3, 9)
    whole = await write_entries(sink, sizes)
    assert await read_all(sink) == whole
    await finish(sink, trailer)
    assert sink.size == len(whole + trailer)
    assert sink.sha256 == hashlib.sha256(whole + trailer).hexdigest()
    for _ in range(2):  # the name was taken the first time
        assert await publish(bucket, sink) == whole + trailer
    await sink.close()
    assert list(bucket.objects) == ["archive"]
    assert bucket.uploads == {}


async def test_the_part_with_what_is_known_last_goes_last(bucket: MemoryBucket) -> None:
    sink = StagingSink(bucket, "staging/", SIZES)
    await read_after(sink, [6 * USUAL, 3 * USUAL])
    assert bucket.numbers != sorted(bucket.numbers)
    assert bucket.numbers[0] == 2


async def test_memory_does_not_grow_with_an_entry(bucket: MemoryBucket) -> None:
    sink = StagingSink(bucket, "staging/", SIZES)
    body = sink.begin()
    for _ in range(100):
        await body.append(fill(USUAL, 1))
        sent = sum(len(part) for _, parts in bucket.uploads.values() for part in parts.values())
        assert body.size - sent <= 5 * USUAL
    await sink.close()


async def test_a_store_that_refuses_for_a_moment_is_asked_again(
    bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_part, refused = bucket.put_part, set[int]()

    async def put_at_the_third_time(key: str, upload: str, number: int, content: bytes) -> object:
        if number in refused and -number in refused:
            return await put_part(key, upload, number, content)
        refused.add(-number if number in refused else number)
        raise UnavailableError("SlowDown")

    monkeypatch.setattr(bucket, "put_part", put_at_the_third_time)
    sink = StagingSink(bucket, "staging/", SIZES)
    whole = await write_entries(sink, [5 * USUAL, 3, 5 * USUAL])
    assert await read_all(sink) == whole
    assert refused


async def test_a_store_that_refuses_for_long_ends_it_and_nothing_is_left(
    bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise UnavailableError("SlowDown")

    monkeypatch.setattr(bucket, "put_part", refuse)
    sink = StagingSink(bucket, "staging/", SIZES)
    with pytest.raises(UnavailableError, match="SlowDown"):
        await read_after(sink, [9 * USUAL])
    await sink.close()
    assert (bucket.uploads, bucket.objects) == ({}, {})


async def read_after(sink: StagingSink, sizes: Sequence[int]) -> bytes:
    await write_entries(sink, sizes)
    return await read_all(sink)


async def test_what_others_gave_up_is_not_taken_for_whole(bucket: MemoryBucket) -> None:
    sink = StagingSink(bucket, "staging/", SIZES)
    await write_entries(sink, [3 * USUAL])
    bucket.uploads.clear()
    with pytest.raises(UnavailableError):
        await read_all(sink)
    await sink.close()


async def test_a_store_that_lost_bytes_is_found_out_before_anybody_sees_them(
    bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = StagingSink(bucket, "staging/", SIZES)
    await read_after(sink, [3 * USUAL])
    await finish(sink, b"end")
    copying = Copying(bucket)
    assert await copying.find()
    copy_part = bucket.copy_part

    async def copy_less(key: str, upload: str, number: int, *, of: object, span: range) -> object:
        return await copy_part(key, upload, number, of=of, span=range(span.start, span.stop - 1))  # type: ignore[arg-type]

    monkeypatch.setattr(bucket, "copy_part", copy_less)
    with pytest.raises(VerificationError, match="in parts instead of"):
        await StagedPayload(sink, copying).send(bucket, "archive", await bucket.begin_multipart("archive"))


async def test_what_is_cancelled_leaves_nothing(bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = asyncio.Event()

    async def put_never(*_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(bucket, "put_part", put_never)
    sink = StagingSink(bucket, "staging/", SIZES)
    writing = asyncio.create_task(write_entries(sink, [9 * USUAL]))
    await begun.wait()
    writing.cancel()
    await asyncio.wait([writing])
    await sink.close()
    assert bucket.uploads == {}


async def test_a_spool_gives_back_every_span(bucket: MemoryBucket) -> None:
    sink, content = StagingSink(bucket, "staging/", SIZES), fill(3 * USUAL + 11, 3)
    spool = sink.open_spool()
    for start in range(0, len(content), 7):
        await spool.append(content[start : start + 7])
    assert spool.size == len(content)
    assert len(bucket.objects) == 3
    for start, stop in product(range(0, len(content), 13), repeat=2):
        found = b"".join([piece async for piece in spool.read(range(start, stop))])
        assert found == content[start:stop]
    await sink.close()
    assert bucket.objects == {}


@pytest.mark.parametrize("most", [0, 20 * GIB, 79 * GIB, 1024 * GIB, 5 * 1024 * GIB])
def test_parts_are_never_too_small_nor_too_many_nor_too_large(most: int) -> None:
    sizes = PartSizes(most=most)
    smallest = [sizes.least_of(number) for number in range(1, MOST_PARTS + 1)]
    assert sum(smallest) >= most
    assert min(smallest) >= 5 * MIB
    assert max(sizes.of(number) for number in range(1, MOST_PARTS + 1)) + 2 * sizes.usual <= 5 * GIB
    assert sizes.of(1) == 8 * MIB


@pytest.mark.parametrize("size", [1, 49, 50, 79, 80, 81, 129, 130, 131, 160, 8000])
def test_spans_cover_all_and_none_is_too_small(size: int) -> None:
    spans = cut_spans(size, USUAL, LEAST)
    assert [each for span in spans for each in span] == list(range(size))
    assert all(len(each) >= min(LEAST, size) for each in spans)


def test_spans_are_not_too_many() -> None:
    assert len(cut_spans(5 * 1024 * GIB, 8 * MIB, 5 * MIB)) < MOST_PARTS
