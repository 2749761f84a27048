"""Packs values as the driver does."""

from __future__ import annotations

from typing import Any

from neo4j._codec.packstream import v1


def pack(value: Any) -> bytes:
    """Return a value's bytes on the wire."""
    driver: Any = v1
    buffer = driver.PackableBuffer()
    driver.Packer(buffer).pack(value)
    return bytes(buffer.data)
