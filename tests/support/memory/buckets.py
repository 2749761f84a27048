"""A bucket in dictionaries, which is as strict about parts as stores are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

from typing_extensions import override

from shared.adapters.s3.bucket import Bucket, ObjectFacts, OpenMultipart, Part
from shared.adapters.s3.failures import MissingError
from shared.settings.buckets import parse_bucket_address

_TIME = datetime(2026, 1, 1, tzinfo=UTC)


class MemoryBucket(Bucket):
    def __init__(self, *, least: int) -> None:
        """`least`: bytes of every part but the last."""
        super().__init__(None, parse_bucket_address("s3://memory?region=here"))
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, tuple[str, dict[int, bytes]]] = {}
        self.numbers: list[int] = []
        """Of the parts, as they came."""
        self._least = least

    @override
    async def put(self, key: str, content: bytes, **_: Any) -> None:
        self.objects[key] = content

    @override
    async def get(self, key: str) -> bytes:
        return self.objects[key]

    @override
    async def head(self, key: str) -> ObjectFacts:
        if key not in self.objects:
            raise MissingError(key)
        return ObjectFacts(key=key, bytes=len(self.objects[key]), modified=_TIME, etag="1")

    @override
    async def get_range(self, key: str, etag: str, start: int, length: int) -> bytes:
        assert start + length <= len(self.objects[key])
        return self.objects[key][start : start + length]

    @override
    async def delete(self, key: str) -> None:
        self.objects.pop(key, None)

    @override
    async def list(self, beginning: str) -> AsyncIterator[ObjectFacts]:
        for key in sorted(self.objects):
            if key.startswith(beginning):
                yield await self.head(key)

    @override
    async def begin_multipart(self, key: str, **_: Any) -> str:
        upload = f"upload-{len(self.numbers)}-{len(self.uploads)}"
        self.uploads[upload] = key, {}
        return upload

    @override
    async def put_part(self, key: str, upload: str, number: int, content: bytes) -> Part:
        if upload not in self.uploads:
            raise MissingError(upload)
        self.numbers.append(number)
        self.uploads[upload][1][number] = content
        return Part(number=number, bytes=len(content), etag=str(number))

    @override
    async def copy_part(self, key: str, upload: str, number: int, *, of: ObjectFacts, span: range) -> Part:
        return await self.put_part(key, upload, number, self.objects[of.key][span.start : span.stop])

    @override
    async def list_parts(self, key: str, upload: str) -> Sequence[Part]:
        if upload not in self.uploads:
            raise MissingError(upload)
        return [Part(number=each, bytes=len(part), etag="") for each, part in self.uploads[upload][1].items()]

    @override
    async def complete_multipart(self, key: str, upload: str, parts: Sequence[Part], *, if_free: bool = False) -> None:
        if upload not in self.uploads:
            raise MissingError(upload)
        _, there = self.uploads.pop(upload)
        numbers = [each.number for each in parts]
        assert numbers == sorted(there) == list(range(1, len(there) + 1))
        assert all(len(there[each]) >= self._least for each in numbers[:-1])
        self.objects[key] = b"".join(there[each] for each in numbers)

    @override
    async def abort_multipart(self, key: str, upload: str) -> None:
        self.uploads.pop(upload, None)

    @override
    async def list_multiparts(self, beginning: str) -> Sequence[OpenMultipart]:
        return [
            OpenMultipart(key=key, id=upload, begun=_TIME)
            for upload, (key, _) in self.uploads.items()
            if key.startswith(beginning)
        ]
