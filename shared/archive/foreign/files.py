"""The files of a foreign archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from shared.archive.zip.entry_reader import read_pieces
from shared.archive.zip.structure import ZipStructure


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignFile:
    """A file that can be read again and again."""

    name: str
    """What messages call it."""
    read: Callable[[], Iterator[bytes]]
    """Gives its content in pieces. Raises: InvalidArchiveError."""


def files_of_zip(path: Path, structure: ZipStructure) -> Sequence[ForeignFile]:
    """Return the entries of a ZIP."""
    return [ForeignFile(name=each.name, read=partial(read_pieces, path, each)) for each in structure.records]
