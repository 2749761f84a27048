"""Requests to the spark surface, as its clients send them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson

from tests.support.stacks.stacks import Answer, Stack


def post_export(stack: Stack, body: dict[str, Any], *, tenant: str = "acme") -> Answer:
    return stack.request("POST", f"/{tenant}/api/v4/export", body, tenant=tenant)


def post_import(stack: Stack, entity: dict[str, Any], archive: bytes, *, tenant: str = "acme") -> Answer:
    """Send both parts of an import, the file first."""
    boundary = uuid4().hex
    parts = [
        b'name="file"; filename="package.zip"\r\nContent-Type: application/zip\r\n\r\n' + archive,
        b'name="importRequestEntity"\r\n\r\n' + orjson.dumps(entity),
    ]
    opening = f"--{boundary}\r\nContent-Disposition: form-data; ".encode()
    body = b"".join(opening + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
    media_type = f"multipart/form-data; boundary={boundary}"
    return stack.request("POST", f"/{tenant}/api/v4/import", body, tenant=tenant, media_type=media_type)
