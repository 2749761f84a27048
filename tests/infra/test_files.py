"""Tests of writing small files."""

from __future__ import annotations

from pathlib import Path

from infra.files import write_atomically


def test_content_and_permissions_are_replaced(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "secret.json"
    write_atomically(file, "first", mode=0o644)
    write_atomically(file, "second", mode=0o600)
    assert file.read_text() == "second"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]
