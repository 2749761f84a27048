"""Opens what is kept in an object store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from shared.adapters.s3.archives import S3Archives
from shared.adapters.s3.client import open_bucket
from shared.adapters.s3.conditions import Conditional
from shared.adapters.s3.copying import Copying
from shared.adapters.s3.job_logs import S3JobLogs
from shared.adapters.s3.mirrors import MirrorObject
from shared.adapters.s3.quotas import Growth
from shared.adapters.s3.scratch import Scratch
from shared.adapters.s3.store import ObjectStore
from shared.adapters.s3.uploads import S3Uploads
from shared.ports.job_logs import LiveLogs
from shared.ports.leases import Leases
from shared.settings.process import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Objects:
    """What a bucket keeps."""

    archives: S3Archives
    uploads: S3Uploads
    logs: S3JobLogs
    mirror: MirrorObject


@asynccontextmanager
async def open_objects(settings: Settings, leases: Leases, live: LiveLogs) -> AsyncIterator[Objects]:
    """Open them in the bucket that settings name; nothing is asked of it before its first use."""
    if settings.bucket is None:
        raise ValueError("settings name no bucket")
    async with open_bucket(settings.bucket) as bucket:
        conditional = Conditional(bucket)
        store = ObjectStore(
            bucket=bucket,
            leases=leases,
            scratch=Scratch(settings.scratch_dir),
            growth=Growth(),
            conditional=conditional,
            copying=Copying(bucket),
        )
        yield Objects(
            archives=S3Archives(store),
            uploads=S3Uploads(store, keep_seconds=settings.upload_seconds),
            logs=S3JobLogs(bucket, leases, live, store.scratch, conditional),
            mirror=MirrorObject(bucket, leases, conditional),
        )
