"""Whatever keeps the copy of identity keeps the promises of its port."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from shared.adapters.s3.conditions import Conditional
from shared.adapters.s3.mirrors import MirrorObject
from shared.adapters.valkey.identity.mirror_file import MirrorFile
from shared.errors import StoreUnavailableError
from shared.ports.mirrors import Mirror
from tests.support.object_stores import make_scene
from tests.support.stacks.engines import OBJECT_STORES


@pytest.fixture(params=["file", *(pytest.param(each, marks=pytest.mark.engines) for each in OBJECT_STORES)])
def mirror(request: pytest.FixtureRequest, tmp_path: Path) -> Mirror:
    if request.param == "file":
        return MirrorFile(tmp_path / "new" / "identity.json")
    scene = make_scene(request.getfixturevalue(request.param), tmp_path)
    return MirrorObject(scene.bucket, scene.leases, Conditional(scene.bucket))


async def test_what_was_kept_last_is_read(mirror: Mirror) -> None:
    told = []

    async def renew(kept: bytes | None) -> bytes | None:
        told.append(kept)
        return (b"1", b"2", None)[len(told) - 1]

    assert await mirror.read() is None
    for expected in (b"1", b"2", b"2"):
        await mirror.replace(renew)
        assert await mirror.read() == expected
    assert told == [None, b"1", b"2"]
    assert mirror.place.endswith("identity.json")


async def test_the_last_to_read_is_the_last_to_write(mirror: Mirror) -> None:
    store = 0

    async def renew(_: bytes | None) -> bytes:
        read = store
        await asyncio.sleep(0.01)
        return b"%d" % read

    async def change() -> None:
        nonlocal store
        store += 1
        await mirror.replace(renew)

    await asyncio.gather(*(change() for _ in range(8)))
    assert await mirror.read() == b"8"


async def test_a_store_that_does_not_answer_leaves_the_copy(mirror: Mirror) -> None:
    async def keep(_: bytes | None) -> bytes:
        return b"1"

    async def fail(_: bytes | None) -> bytes:
        raise StoreUnavailableError("away")

    await mirror.replace(keep)
    with pytest.raises(StoreUnavailableError, match="away"):
        await mirror.replace(fail)
    assert await mirror.read() == b"1"
