"""The files of a foreign archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from shared.archive.zip.entry_reader import read_pieces
from shared.archive.zip.structure import ZipStructure
from shared.ports.contents import Readable


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignFile:
    """A file that can be read again and again."""

    name: str
    """What messages call it."""
    read: Callable[[], Iterator[bytes]]
    """Gives its content in pieces. Raises: InvalidArchiveError."""


class TooLongError(Exception):
    """There is more to read than was asked for."""


def read_at_most(files: Sequence[ForeignFile], most_bytes: int) -> Sequence[ForeignFile]:
    """Return the files, from which all together no more is read. Raises, reading: TooLongError."""
    left = most_bytes

    def counted(file: ForeignFile) -> Iterator[bytes]:
        nonlocal left
        for piece in file.read():
            left -= len(piece)
            if left < 0:
                raise TooLongError
            yield piece

    return [replace(file, read=partial(counted, file)) for file in files]


def files_of_zip(path: Readable, structure: ZipStructure) -> Sequence[ForeignFile]:
    """Return the entries of a ZIP."""
    return [ForeignFile(name=each.name, read=partial(read_pieces, path, each)) for each in structure.records]
