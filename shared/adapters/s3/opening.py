"""Opens archives and uploads in an object store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.adapters.s3.archives import S3Archives
from shared.adapters.s3.client import open_bucket
from shared.adapters.s3.conditions import Conditional
from shared.adapters.s3.quotas import Growth
from shared.adapters.s3.scratch import Scratch
from shared.adapters.s3.store import ObjectStore
from shared.adapters.s3.uploads import S3Uploads
from shared.ports.leases import Leases
from shared.settings.process import Settings


@asynccontextmanager
async def open_objects(settings: Settings, leases: Leases) -> AsyncIterator[tuple[S3Archives, S3Uploads]]:
    """Open them in the bucket that settings name; nothing is asked of it before its first use."""
    if settings.bucket is None:
        raise ValueError("settings name no bucket")
    async with open_bucket(settings.bucket) as bucket:
        store = ObjectStore(
            bucket=bucket,
            leases=leases,
            scratch=Scratch(settings.scratch_dir),
            growth=Growth(),
            conditional=Conditional(bucket),
        )
        yield S3Archives(store), S3Uploads(store, keep_seconds=settings.upload_seconds)
