"""Uploads in an object store survive their gateway's death at any moment, and go when nobody wants them."""

from __future__ import annotations

from typing import Any

import pytest

from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.keys import upload_key
from shared.adapters.s3.transfers import PIECE_BYTES
from shared.adapters.s3.uploads import S3Uploads
from shared.errors import UnavailableError, UnknownUploadError
from tests.support.object_stores import ObjectScene

pytestmark = pytest.mark.engines

CONTENT = b"0123456789" * (PIECE_BYTES // 10) + b"the tail, which is more than a piece"


class DeathError(Exception):
    """Stands for the end of the process."""


def die_after(monkeypatch: pytest.MonkeyPatch, bucket: Bucket, method: str, ending: str) -> None:
    """Let this method of a bucket be the last thing that is done, when the key ends so."""
    real = getattr(bucket, method)

    async def last(key: str, *arguments: Any, **named: Any) -> Any:
        await real(key, *arguments, **named)
        if key.endswith(ending):
            raise DeathError

    monkeypatch.setattr(bucket, method, last)


async def append(uploads: S3Uploads, upload_id: str, content: bytes) -> None:
    async with uploads.open("acme", upload_id) as upload:
        await upload.write(content)
        await upload.sync()


async def finish(uploads: S3Uploads, upload_id: str) -> str:
    async with uploads.open("acme", upload_id) as upload:
        async with upload.open_local() as path:
            assert path.read_bytes() == CONTENT
        return await upload.publish()


async def begin(scene: ObjectScene, *, number: bool = True) -> str:
    created = await scene.open_uploads().create("acme", length=len(CONTENT), name="a.zip", number=number)
    return created.id


@pytest.mark.parametrize(
    ("method", "ending"),
    [
        ("put_part", "content"),
        ("put", "tail.1"),
        ("delete", "tail.0"),
        ("complete_multipart", "content"),
        ("put", "intent"),
        ("complete_multipart", "a.zip"),
        ("put", "notes"),
        ("delete", "content"),
    ],
)
async def test_an_upload_goes_on_wherever_its_gateway_died(
    object_scene: ObjectScene, method: str, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_id = await begin(object_scene)
    await append(object_scene.open_uploads(), upload_id, CONTENT[:7])

    async def go_on() -> None:
        uploads = object_scene.open_uploads()
        await append(uploads, upload_id, CONTENT[7:])
        await finish(uploads, upload_id)

    with monkeypatch.context() as patch:
        die_after(patch, object_scene.bucket, method, ending)
        with pytest.raises(DeathError):
            await go_on()
    uploads = object_scene.open_uploads()
    facts = await uploads.get("acme", upload_id)
    assert 7 <= facts.offset <= len(CONTENT)
    if facts.archive is None:
        await append(uploads, upload_id, CONTENT[facts.offset :])
        assert await finish(uploads, upload_id) == "a.zip"
    assert [each.name for each in await object_scene.open_archives().list_archives("acme")] == ["a.zip"]
    assert (await uploads.get("acme", upload_id)).archive == "a.zip"
    assert await object_scene.bucket.list_multiparts("") == []


async def test_an_upload_that_lost_its_lease_writes_no_more(object_scene: ObjectScene) -> None:
    upload_id = await begin(object_scene)
    async with object_scene.open_uploads().open("acme", upload_id) as upload:
        await upload.write(b"x")
        object_scene.leases.expire()
        with pytest.raises(UnavailableError):
            await upload.sync()
    assert (await object_scene.open_uploads().get("acme", upload_id)).offset == 0


async def test_what_was_left_alone_too_long_goes_with_all_that_arrived(object_scene: ObjectScene) -> None:
    upload_id = await begin(object_scene)
    await append(object_scene.open_uploads(), upload_id, CONTENT)
    assert await object_scene.open_uploads().remove_expired() == 0
    late = object_scene.open_uploads(keep_seconds=0)
    async with object_scene.open_uploads().open("acme", upload_id):
        assert await late.remove_expired() == 0  # somebody writes
    with pytest.raises(UnknownUploadError):
        await late.get("acme", upload_id)
    assert await late.remove_expired() == 1
    assert await object_scene.list_keys() == []
    assert await object_scene.bucket.list_multiparts("") == []


async def test_an_upload_that_never_had_notes_goes(object_scene: ObjectScene) -> None:
    key = upload_key("acme", "0199f0c2-0000-7000-8000-000000000001", "content")
    upload = await object_scene.bucket.begin_multipart(key)
    await object_scene.bucket.put_part(key, upload, 1, b"x")
    assert await object_scene.open_uploads().remove_expired() == 0
    assert await object_scene.bucket.list_multiparts("") == []


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"multipart": "x", "length": 1, "name": "../a", "number": true, "metadata": ""}']
)
async def test_notes_that_are_none_are_no_upload(object_scene: ObjectScene, content: bytes) -> None:
    upload_id = await begin(object_scene)
    await object_scene.bucket.put(upload_key("acme", upload_id, "notes"), content)
    with pytest.raises(UnknownUploadError):
        await object_scene.open_uploads().get("acme", upload_id)
    assert await object_scene.open_uploads(keep_seconds=0).remove_expired() == 1
    assert await object_scene.list_keys() == []
