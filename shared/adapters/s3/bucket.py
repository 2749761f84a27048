"""What can be asked of a bucket. All methods raise what `failures` names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from shared.adapters.s3.failures import MissingError, TakenError, UnsupportedError, store_errors
from shared.errors import UnavailableError
from shared.settings.buckets import BucketAddress

_READS: Final = 3
"""How often a body that breaks off is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectFacts:
    """An object."""

    key: str
    bytes: int
    modified: datetime
    """To the second: not all answers of a store say more."""
    etag: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Empty where it was listed; some stores keep none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMultipart:
    """A multipart upload that is neither completed nor aborted."""

    key: str
    id: str
    begun: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a multipart upload."""

    number: int
    bytes: int
    etag: str


class Bucket:
    """A bucket, under keys without its prefix."""

    def __init__(self, client: Any, address: BucketAddress) -> None:
        self._client = client
        self.address = address
        self._prefix = f"{address.prefix}/" if address.prefix else ""

    def _named(self, key: str) -> dict[str, str]:
        return {"Bucket": self.address.bucket, "Key": self._prefix + key}

    def _place(self, key: str) -> str:
        return f"s3://{self.address.bucket}/{self._prefix}{key}"

    async def put(
        self,
        key: str,
        content: bytes,
        *,
        metadata: Mapping[str, str] | None = None,
        if_free: bool = False,
        if_etag: str | None = None,
    ) -> None:
        """Write an object at once; on the condition that there is none, or the one with this ETag.

        Raises: TakenError, CollisionError; MissingError where there is none.
        """
        condition = {"IfNoneMatch": "*"} if if_free else {} if if_etag is None else {"IfMatch": if_etag}
        with store_errors("s3:PutObject", self._place(key)):
            await self._client.put_object(**self._named(key), Body=content, Metadata=dict(metadata or {}), **condition)

    async def head(self, key: str) -> ObjectFacts:
        """Describe an object. Raises: MissingError."""
        with store_errors("s3:GetObject", self._place(key)):
            told = await self._client.head_object(**self._named(key))
        return ObjectFacts(
            key=key,
            bytes=told["ContentLength"],
            modified=_to_second(told["LastModified"]),
            etag=told["ETag"],
            metadata=told.get("Metadata", {}),
        )

    async def find(self, key: str) -> ObjectFacts | None:
        """Describe an object; None where there is none."""
        try:
            return await self.head(key)
        except MissingError:
            return None

    async def get(self, key: str) -> bytes:
        """Read a small object whole. Raises: MissingError."""
        content, _ = await self._read(key)
        return content

    async def get_tagged(self, key: str) -> tuple[bytes, str]:
        """Read a small object whole, with its ETag. Raises: MissingError."""
        return await self._read(key)

    async def get_range(self, key: str, etag: str, start: int, length: int) -> bytes:
        """Read so many bytes of this very object. Raises: MissingError, TakenError where it is another now."""
        wanted = f"bytes={start}-{start + length - 1}"
        content, _ = await self._read(key, Range=wanted, IfMatch=etag)
        with store_errors("s3:GetObject", self._place(key)):
            if len(content) != length:
                raise ValueError(f"{len(content)} bytes came of {wanted}")
        return content

    async def _read(self, key: str, **options: str) -> tuple[bytes, str]:
        """Read a body, again where it breaks off: the library repeats what comes before it alone."""
        left = _READS
        while True:
            with store_errors("s3:GetObject", self._place(key)):
                told = await self._client.get_object(**self._named(key), **options)
            if _differ(told.get("ETag"), options.get("IfMatch")):  # some stores pass over the condition
                told["Body"].close()
                raise TakenError(f"{self._place(key)} is another object now.")
            left -= 1
            try:
                with store_errors("s3:GetObject", self._place(key)):
                    async with told["Body"] as body:
                        content: bytes = await body.read()
                return content, str(told.get("ETag", ""))
            except UnavailableError:
                if not left:
                    raise

    async def presign(self, key: str, *, disposition: str, media_type: str, seconds: int) -> str:
        """Return an address of an object that needs no credentials for so long; nothing is sent to the store."""
        told = {"ResponseContentDisposition": disposition, "ResponseContentType": media_type}
        with store_errors("s3:GetObject", self._place(key)):
            return str(
                await self._client.generate_presigned_url(
                    "get_object", Params={**self._named(key), **told}, ExpiresIn=seconds
                )
            )

    async def delete(self, key: str) -> None:
        """Delete an object; one that is not there is fine."""
        with store_errors("s3:DeleteObject", self._place(key)):
            await self._client.delete_object(**self._named(key))

    async def list(self, beginning: str) -> AsyncIterator[ObjectFacts]:
        """List all objects whose keys begin so, by key."""
        token: dict[str, str] = {}
        while True:
            with store_errors("s3:ListBucket", self._place(beginning)):
                page = await self._client.list_objects_v2(
                    Bucket=self.address.bucket, Prefix=self._prefix + beginning, **token
                )
            for each in page.get("Contents", ()):
                yield ObjectFacts(
                    key=each["Key"].removeprefix(self._prefix),
                    bytes=each["Size"],
                    modified=_to_second(each["LastModified"]),
                    etag=each["ETag"],
                )
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    async def read_clock(self) -> datetime:
        """Return what time it is by the store, to the second."""
        with store_errors("s3:ListBucket", self._place("")):
            told = await self._client.list_objects_v2(Bucket=self.address.bucket, Prefix=self._prefix, MaxKeys=1)
            said = told["ResponseMetadata"]["HTTPHeaders"].get("date")
            return datetime.now(UTC) if said is None else parsedate_to_datetime(said).astimezone(UTC)

    async def begin_multipart(self, key: str, *, metadata: Mapping[str, str] | None = None) -> str:
        """Begin a multipart upload, and return its id."""
        with store_errors("s3:PutObject", self._place(key)):
            told = await self._client.create_multipart_upload(**self._named(key), Metadata=dict(metadata or {}))
        return str(told["UploadId"])

    async def put_part(self, key: str, upload: str, number: int, content: bytes) -> Part:
        """Write a part, from 1, in place of one that has its number. Raises: MissingError."""
        with store_errors("s3:PutObject", self._place(key)):
            told = await self._client.upload_part(**self._named(key), UploadId=upload, PartNumber=number, Body=content)
        return Part(number=number, bytes=len(content), etag=told["ETag"])

    async def copy_part(self, key: str, upload: str, number: int, *, of: ObjectFacts, span: range) -> Part:
        """Write a part with bytes of an object, within the store.

        Raises: MissingError; TakenError where that is another now; UnsupportedError.
        """
        place = self._place(key)
        with store_errors("s3:PutObject", place):
            told = await self._client.upload_part_copy(
                **self._named(key),
                UploadId=upload,
                PartNumber=number,
                CopySource={"Bucket": self.address.bucket, "Key": self._prefix + of.key},
                CopySourceIfMatch=of.etag,
                CopySourceRange=f"bytes={span.start}-{span.stop - 1}",
            )
        copied = told.get("CopyPartResult", {}).get("ETag")
        if copied is None:
            raise UnsupportedError(f"The object store does not copy parts on {place}.")
        return Part(number=number, bytes=len(span), etag=copied)

    async def list_parts(self, key: str, upload: str) -> Sequence[Part]:
        """List the parts of a multipart upload by number. Raises: MissingError."""
        found: list[Part] = []
        marker: dict[str, int] = {}
        while True:
            with store_errors("s3:ListMultipartUploadParts", self._place(key)):
                page = await self._client.list_parts(**self._named(key), UploadId=upload, **marker)
            found += [
                Part(number=each["PartNumber"], bytes=each["Size"], etag=each["ETag"]) for each in page.get("Parts", ())
            ]
            if not page.get("IsTruncated"):
                return sorted(found, key=lambda each: each.number)
            marker = {"PartNumberMarker": page["NextPartNumberMarker"]}

    async def complete_multipart(self, key: str, upload: str, parts: Sequence[Part], *, if_free: bool = False) -> None:
        """Make an object of the parts. Raises: MissingError; TakenError, CollisionError where there is one."""
        condition = {"IfNoneMatch": "*"} if if_free else {}
        named = [{"PartNumber": each.number, "ETag": each.etag} for each in parts]
        with store_errors("s3:PutObject", self._place(key)):
            await self._client.complete_multipart_upload(
                **self._named(key), UploadId=upload, MultipartUpload={"Parts": named}, **condition
            )

    async def abort_multipart(self, key: str, upload: str) -> None:
        """Give a multipart upload up; one that is not there is fine. Parts under way may outlive it: ask again."""
        with suppress(MissingError), store_errors("s3:AbortMultipartUpload", self._place(key)):
            await self._client.abort_multipart_upload(**self._named(key), UploadId=upload)

    async def list_multiparts(self, beginning: str) -> Sequence[OpenMultipart]:
        """List the multipart uploads that are under way, or were left."""
        found: list[OpenMultipart] = []
        marker: dict[str, str] = {}
        while True:
            try:
                with store_errors("s3:ListBucketMultipartUploads", self._place(beginning)):
                    page = await self._client.list_multipart_uploads(
                        Bucket=self.address.bucket, Prefix=self._prefix + beginning, **marker
                    )
            except MissingError:  # so some stores say that there are none
                return found
            found += [
                OpenMultipart(
                    key=each["Key"].removeprefix(self._prefix), id=each["UploadId"], begun=_to_second(each["Initiated"])
                )
                for each in page.get("Uploads", ())
            ]
            if not page.get("IsTruncated"):
                return found
            marker = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}


def _differ(told: str | None, wanted: str | None) -> bool:
    """Whether both tags are there and are two; some stores leave the quotes out here and there."""
    return None not in (told, wanted) and str(told).strip('"') != str(wanted).strip('"')


def _to_second(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(microsecond=0)
