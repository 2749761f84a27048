"""Archives and uploads in an object store that the session runs, each test under a prefix of its own."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from typing_extensions import override

from infra.engines.object_stores import CREDENTIALS
from shared.adapters.s3.archives import S3Archives
from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.conditions import Conditional
from shared.adapters.s3.copying import Copying
from shared.adapters.s3.quotas import Growth
from shared.adapters.s3.scratch import Scratch
from shared.adapters.s3.store import ObjectStore
from shared.adapters.s3.uploads import S3Uploads
from shared.settings.buckets import parse_bucket_address
from tests.support.memory.leases import MemoryLeases

BEHIND: Final = timedelta(seconds=2)
"""What a store's clock may be behind the times of its objects; tests that wait for no age need it made up."""


@dataclass(kw_only=True)
class ObjectScene:
    """A bucket, and what is opened of it; what the leases are asked for stays in this process."""

    bucket: Bucket
    scratch: Path
    leases: MemoryLeases = field(default_factory=MemoryLeases)
    growth: Growth = field(default_factory=Growth)

    def open_archives(self) -> S3Archives:
        return S3Archives(self.make_store(), patience=-BEHIND)

    def open_uploads(self, *, keep_seconds: int = 3600) -> S3Uploads:
        return S3Uploads(self.make_store(), keep_seconds=keep_seconds - int(BEHIND.total_seconds()))

    def make_store(self) -> ObjectStore:
        return ObjectStore(
            bucket=self.bucket,
            leases=self.leases,
            scratch=Scratch(self.scratch),
            growth=self.growth,
            conditional=Conditional(self.bucket),
            copying=Copying(self.bucket),
        )

    async def list_keys(self, beginning: str = "") -> list[str]:
        return [each.key async for each in self.bucket.list(beginning)]


class StoppingBucket(Bucket):
    """A bucket as a process sees it that is stopped before it writes an object, and goes on when it is told to."""

    def __init__(self, bucket: Bucket, key: str) -> None:
        super().__init__(bucket._client, bucket.address)
        self._key = key
        self.reach()

    def reach(self) -> None:
        """Stop at the next write."""
        self.stopped, self.go_on = asyncio.Event(), asyncio.Event()

    @override
    async def put(self, key: str, content: bytes, **options: Any) -> None:
        if key == self._key and not self.stopped.is_set():
            self.stopped.set()
            await self.go_on.wait()
        await super().put(key, content, **options)


@contextmanager
def credentials() -> Iterator[None]:
    """Let this process use the session's stores, and nobody else's."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_REGION"):
            patch.delenv(name, raising=False)
        yield


def choose_prefix() -> str:
    """Choose what only one test's keys begin with."""
    return f"test-{secrets.token_hex(8)}"


@asynccontextmanager
async def open_test_bucket(address: str) -> AsyncIterator[Bucket]:
    """Open a bucket, which takes a second."""
    from shared.adapters.s3.client import open_bucket  # noqa: PLC0415 - slow to import, for these tests alone

    with credentials():
        async with open_bucket(parse_bucket_address(address)) as bucket:
            yield bucket


def make_scene(bucket: Bucket, scratch: Path) -> ObjectScene:
    """Make a scene under a prefix that nothing else has."""
    return ObjectScene(bucket=Bucket(bucket._client, replace(bucket.address, prefix=choose_prefix())), scratch=scratch)
