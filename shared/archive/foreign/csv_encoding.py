"""Tells which encoding a CSV table is in, and gives the table in UTF-8."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Final

from shared.archive.foreign.decoding import LONGEST_MARK, decoded, find_mark, read_head
from shared.errors import InvalidArchiveError

_WITHOUT_MARK: Final = "windows-1252"
"""What older exporters wrote that did not write UTF-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvEncoding:
    """The encoding of one table."""

    name: str = "UTF-8"
    mark_bytes: int = 0
    """The byte order mark at the beginning."""
    assumed_for: str = ""
    """What is not UTF-8, where nothing but that speaks for the encoding."""


def find_encoding(pieces: Iterable[bytes], *, at_most: int | None = None) -> CsvEncoding:
    """Tell the encoding: by the mark, else UTF-8 if all bytes are, else windows-1252. Keeps no more than a piece.

    With `at_most`, only the pieces count in which so many bytes stand.
    """
    head, rest = read_head(pieces, LONGEST_MARK)
    if (mark := find_mark(head)) is not None:
        return CsvEncoding(name=mark.encoding, mark_bytes=mark.bytes)
    decoder = codecs.getincrementaldecoder("utf-8")()
    size, lines = 0, 1
    try:
        for piece in chain((head,), rest):
            decoder.decode(piece)
            lines += piece.count(b"\n")
            size += len(piece)
            if at_most is not None and size > at_most:
                return CsvEncoding()
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        # What was left of the piece before holds no line's end, because it is a part of one character.
        line = lines + error.object.count(b"\n", 0, error.start)
        assumed_for = f"the byte 0x{error.object[error.start]:02X} in line {line} is not UTF-8"
        return CsvEncoding(name=_WITHOUT_MARK, assumed_for=assumed_for)
    return CsvEncoding()


def to_utf8(pieces: Iterable[bytes], encoding: CsvEncoding, entry: str) -> Iterator[bytes]:
    """Give a table's pieces in UTF-8, without a byte order mark. Raises: InvalidArchiveError."""
    head, rest = read_head(pieces, LONGEST_MARK)
    unmarked = chain((head[encoding.mark_bytes :],), rest)
    return decoded(unmarked, encoding.name, partial(_refusal, encoding, entry))


def _refusal(
    encoding: CsvEncoding, entry: str, error: UnicodeDecodeError, line: int, column: int
) -> InvalidArchiveError:
    found = " ".join(f"0x{byte:02X}" for byte in error.object[error.start : error.end])
    also = f", nor is the table UTF-8 ({encoding.assumed_for})" if encoding.assumed_for else ""
    return InvalidArchiveError(
        f"{found} is no character in {encoding.name}{also}. Save the table as UTF-8.",
        entry=entry,
        line=line,
        column=column,
    )
