"""A digest is of one content."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.archives.digests import DigestCache
from shared.archive import local_content
from shared.archive.file_hash import hash_file
from shared.archive.local_content import open_content
from shared.errors import ConflictError


async def test_a_file_that_is_written_while_it_is_read_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.zip"
    file.write_bytes(b"old")

    def read_and_write(path: Path) -> tuple[str, int]:
        found = hash_file(path)
        path.write_bytes(b"newer")
        return found

    async def ask() -> bytes:
        async with open_content(file) as content:
            return await cache.sha256(content)

    cache = DigestCache()
    with monkeypatch.context() as patch:
        patch.setattr(local_content, "hash_file", read_and_write)
        with pytest.raises(ConflictError):
            await ask()
    assert (await ask()).hex() == hash_file(file)[0]


async def test_a_further_name_is_no_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.zip"
    file.write_bytes(b"content")

    def read_and_link(path: Path) -> tuple[str, int]:
        os.link(path, tmp_path / "b.zip")
        return hash_file(path)

    monkeypatch.setattr(local_content, "hash_file", read_and_link)
    async with open_content(file) as content:
        assert (await DigestCache().sha256(content)).hex() == hash_file(file)[0]
