"""Uploads that arrive in pieces, as parts of multipart uploads."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Final

import uuid_utils

from shared.adapters.s3.bucket import OpenMultipart
from shared.adapters.s3.failures import UnsupportedError
from shared.adapters.s3.keys import UPLOADS, upload_key, upload_lease
from shared.adapters.s3.open_upload import Writing
from shared.adapters.s3.store import ObjectStore
from shared.adapters.s3.sweeping import abort_wholly
from shared.adapters.s3.upload_notes import CONTENT, Arrived, Notes, read_arrived
from shared.errors import UnknownUploadError, UploadBusyError
from shared.identity import require_tenant_name
from shared.ports.uploads import OpenUpload, UploadFacts

TURN_SECONDS: Final = 8.0
"""How long a new writer waits for the one before: shorter than clients try again."""
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class S3Uploads:
    """Implements the UploadStore port."""

    def __init__(self, store: ObjectStore, *, keep_seconds: int) -> None:
        self._bucket = store.bucket
        self._leases = store.leases
        self._scratch = store.scratch
        self._growth = store.growth
        self._publisher = store.publisher
        self._keep = timedelta(seconds=keep_seconds)

    async def create(
        self, tenant: str, *, length: int | None, name: str, number: bool, metadata: str = ""
    ) -> UploadFacts:
        """Begin a multipart upload, then write the notes, without which there is no upload."""
        upload_id = str(uuid_utils.uuid7())
        key = upload_key(require_tenant_name(tenant), upload_id, CONTENT)
        async with self._leases.hold(upload_lease(tenant, upload_id), seconds=0):  # else it could be taken for a rest
            multipart = await self._bucket.begin_multipart(key)
            notes = Notes(multipart=multipart, length=length, name=name, number=number, metadata=metadata)
            await notes.write(self._bucket, tenant, upload_id)
        return await self.get(tenant, upload_id)

    async def get(self, tenant: str, upload_id: str) -> UploadFacts:
        """Look at what is in the bucket."""
        return self._describe(upload_id, await self._read(tenant, upload_id))

    async def _read(self, tenant: str, upload_id: str) -> Arrived:
        """Look at an upload. Raises: UnknownUploadError, also where its time is over."""
        if _ID.fullmatch(upload_id) is None:
            raise UnknownUploadError(upload_id)
        arrived = await read_arrived(self._bucket, require_tenant_name(tenant), upload_id)
        if self._is_over(arrived.touched, await self._bucket.read_clock()):
            raise UnknownUploadError(upload_id)
        return arrived

    def _is_over(self, touched: datetime, now: datetime) -> bool:
        return now - touched >= self._keep

    def _describe(self, upload_id: str, arrived: Arrived) -> UploadFacts:
        notes = arrived.notes
        return UploadFacts(
            id=upload_id,
            length=notes.length,
            name=notes.name,
            number=notes.number,
            offset=arrived.bytes,
            expires=arrived.touched + self._keep,
            metadata=notes.metadata,
            archive=notes.archive,
        )

    @asynccontextmanager
    async def open(self, tenant: str, upload_id: str, *, quota: int | None = None) -> AsyncIterator[OpenUpload]:
        """Have it alone; what an earlier writer left in doubt never came to the bucket."""
        await self._read(tenant, upload_id)  # asks for no lease of what is not there
        async with AsyncExitStack() as stack:
            try:
                holding = self._leases.hold(upload_lease(tenant, upload_id), seconds=TURN_SECONDS)
                lease = await stack.enter_async_context(holding)
            except TimeoutError as error:
                raise UploadBusyError(upload_id) from error
            arrived = await self._read(tenant, upload_id)
            if arrived.notes.archive is not None:
                raise UnknownUploadError(upload_id)
            files = await stack.enter_async_context(AsyncExitStack())
            writing = Writing(
                self._bucket,
                lease,
                tenant=tenant,
                facts=self._describe(upload_id, arrived),
                arrived=arrived,
                publisher=self._publisher,
                growth=self._growth,
                quota=quota,
                files=files,
                scratch=self._scratch,
            )
            files.callback(writing.close)
            yield writing

    async def remove_expired(self) -> int:
        """Look at the age of all that lies there; one that is being written stays."""
        # In this order: what is begun meanwhile has notes when it is looked for.
        begun = [each for each in await self._list_multiparts() if not await self._is_held(*_parse_key(each.key))]
        touched: dict[tuple[str, str], datetime] = {}
        async for found in self._bucket.list(UPLOADS):
            place = _parse_key(found.key)
            touched[place] = max(touched.get(place, found.modified), found.modified)
        for each in begun:
            if _parse_key(each.key) not in touched:
                await abort_wholly(self._bucket, each.key, each.id)
        if not touched:
            return 0
        now = await self._bucket.read_clock()
        over = [place for place, time in touched.items() if self._is_over(time, now)]
        return sum([await self._remove_if_left(*place) for place in over])

    async def _list_multiparts(self) -> Sequence[OpenMultipart]:
        try:
            return await self._bucket.list_multiparts(UPLOADS)
        except UnsupportedError:
            return ()

    async def _is_held(self, tenant: str, upload_id: str) -> bool:
        return await self._leases.is_held(upload_lease(tenant, upload_id))

    async def _remove_if_left(self, tenant: str, upload_id: str) -> bool:
        if await self._is_held(tenant, upload_id):
            return False
        with suppress(UnknownUploadError):
            arrived = await read_arrived(self._bucket, tenant, upload_id)
            await abort_wholly(self._bucket, upload_key(tenant, upload_id, CONTENT), arrived.notes.multipart)
        keys = [each.key async for each in self._bucket.list(upload_key(tenant, upload_id))]
        for key in keys:
            await self._bucket.delete(key)
        return bool(keys)


def _parse_key(key: str) -> tuple[str, str]:
    tenant, _, rest = key.removeprefix(UPLOADS).partition("/")
    return tenant, rest.partition("/")[0]
