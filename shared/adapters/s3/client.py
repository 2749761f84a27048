"""The client of an object store, with bounds on time and repetition."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.failures import store_errors
from shared.settings.buckets import BucketAddress

CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 30
"""A request of some megabytes, or the completion of an upload."""
ATTEMPTS: Final = 4
"""Of one request that the store refuses for now, or that breaks off: about a second in all, besides what it takes."""
CONNECTIONS: Final = 32


@asynccontextmanager
async def open_bucket(address: BucketAddress) -> AsyncIterator[Bucket]:
    """Open a bucket; nothing is asked of it before its first use. Credentials come by the library's chain."""
    config = AioConfig(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        signature_version="s3v4",  # presigned addresses would have the one before in some regions
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=CONNECTIONS,
        s3={"addressing_style": "path" if address.is_path_style else "auto"},
        # Other stores do not know the library's own checksums; archives have one of ours.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    with store_errors("s3:ListBucket", str(address)):
        making = get_session().create_client(
            "s3",
            region_name=address.region,
            endpoint_url=address.endpoint,
            verify=None if address.ca_file is None else str(address.ca_file),
            config=config,
        )
        client = await making.__aenter__()
    try:
        yield Bucket(client, address)
    finally:
        await making.__aexit__(None, None, None)
