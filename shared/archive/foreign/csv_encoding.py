"""Tells which encoding a CSV table is in, and gives the table in UTF-8."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from shared.errors import InvalidArchiveError

_MARKS: Final = (
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF16_LE, "UTF-16LE"),
    (codecs.BOM_UTF16_BE, "UTF-16BE"),
)
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
    decoder = codecs.getincrementaldecoder("utf-8")()
    head, size, lines = b"", 0, 1
    try:
        for piece in pieces:
            if len(head) < len(codecs.BOM_UTF8):
                head += piece[: len(codecs.BOM_UTF8)]
                if (marked := _marked(head)) is not None:
                    return marked
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


def _marked(head: bytes) -> CsvEncoding | None:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return CsvEncoding(name=name, mark_bytes=len(mark))
    return None


def to_utf8(pieces: Iterable[bytes], encoding: CsvEncoding, entry: str) -> Iterator[bytes]:
    """Give a table's pieces in UTF-8, without a byte order mark. Raises: InvalidArchiveError."""
    decoder = codecs.getincrementaldecoder(encoding.name)()
    mark_bytes, line, column = encoding.mark_bytes, 1, 1
    try:
        for piece in pieces:
            text = decoder.decode(piece[mark_bytes:])
            mark_bytes = max(0, mark_bytes - len(piece))
            line, column = _moved(text, line, column)
            yield text.encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeDecodeError as error:
        line, column = _moved(error.object[: error.start].decode(encoding.name), line, column)
        raise _refusal(error, encoding, entry, line, column) from error


def _moved(text: str, line: int, column: int) -> tuple[int, int]:
    """Return where one stands behind a text."""
    if breaks := text.count("\n"):
        return line + breaks, len(text) - text.rindex("\n")
    return line, column + len(text)


def _refusal(
    error: UnicodeDecodeError, encoding: CsvEncoding, entry: str, line: int, column: int
) -> InvalidArchiveError:
    found = " ".join(f"0x{byte:02X}" for byte in error.object[error.start : error.end])
    also = f", nor is the table UTF-8 ({encoding.assumed_for})" if encoding.assumed_for else ""
    return InvalidArchiveError(
        f"{found} is no character in {encoding.name}{also}. Save the table as UTF-8.",
        entry=entry,
        line=line,
        column=column,
    )
