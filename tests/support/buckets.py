"""Looks into a bucket from outside, with nothing of our adapter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import botocore.session

from infra.engines.object_stores import CREDENTIALS
from shared.settings.buckets import BucketAddress, parse_bucket_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An object, or a multipart upload that is neither completed nor aborted."""

    key: str
    since: datetime


class BucketView:
    """A bucket under keys without the prefix of its address, at the store itself and around any line to it."""

    def __init__(self, address: str) -> None:
        self.address: BucketAddress = parse_bucket_address(address)
        self._prefix = f"{self.address.prefix}/" if self.address.prefix else ""
        self._client: Any = botocore.session.get_session().create_client(
            "s3",
            region_name=self.address.region,
            endpoint_url=self.address.endpoint,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )

    def list_objects(self, beginning: str = "") -> list[Found]:
        """List all objects whose keys begin so."""
        return [
            Found(key=each["Key"].removeprefix(self._prefix), since=each["LastModified"])
            for each in self._pages("list_objects_v2", "Contents", beginning)
        ]

    def list_multiparts(self, beginning: str = "") -> list[Found]:
        """List the multipart uploads under way."""
        return [
            Found(key=each["Key"].removeprefix(self._prefix), since=each["Initiated"])
            for each in self._pages("list_multipart_uploads", "Uploads", beginning)
        ]

    def _pages(self, operation: str, field: str, beginning: str) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator(operation).paginate(
            Bucket=self.address.bucket, Prefix=self._prefix + beginning
        )
        for page in pages:
            yield from page.get(field, ())

    def read(self, key: str) -> bytes:
        content: bytes = self._client.get_object(Bucket=self.address.bucket, Key=self._prefix + key)["Body"].read()
        return content

    def write(self, key: str, content: bytes) -> None:
        self._client.put_object(Bucket=self.address.bucket, Key=self._prefix + key, Body=content)

    def remove(self, key: str) -> None:
        self._client.delete_object(Bucket=self.address.bucket, Key=self._prefix + key)
