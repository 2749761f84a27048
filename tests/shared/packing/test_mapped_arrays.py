"""Numbers and bytes in files without a name."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Literal

import pytest

from shared.packing.mapped_arrays import MappedBytes, mapped_integers

MEBIBYTE = 1024**2


def anonymous_kilobytes() -> int:
    """Return this process's own memory, without pages of files."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


@pytest.mark.parametrize(("count", "code"), [(0, "q"), (1, "i"), (300_000, "q"), (300_001, "i")])
def test_integers_are_unset_until_they_are_set(count: int, code: Literal["i", "q"]) -> None:
    numbers = mapped_integers(count, code)
    assert numbers.tolist() == [-1] * count
    if count:
        numbers[count - 1] = 2**31 - 1
        assert numbers[count - 1] == 2**31 - 1


def test_bytes_keep_their_content_when_they_grow() -> None:
    table = MappedBytes()
    table.content[:5] = b"hello"
    table.hold(3 * MEBIBYTE)
    assert (table.content[:5], len(table.content)) == (b"hello", 3 * MEBIBYTE)
    table.close()


def test_a_file_system_that_reserves_nothing_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    assert mapped_integers(3, "q").tolist() == [-1] * 3


def test_what_is_kept_so_is_not_the_memory_of_the_process() -> None:
    before = anonymous_kilobytes()
    table = MappedBytes()
    table.hold(64 * MEBIBYTE)
    for start in range(0, 64 * MEBIBYTE, MEBIBYTE):
        table.content[start : start + MEBIBYTE] = b"x" * MEBIBYTE
    assert anonymous_kilobytes() - before < 16 * 1024
    table.close()
