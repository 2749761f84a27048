"""Byte order marks, and text in other encodings as UTF-8, piece by piece."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from shared.errors import InvalidArchiveError


class Mark(NamedTuple):
    """What a byte order mark says."""

    encoding: str
    bytes: int
    """Its length."""


_MARKS: Final = {
    codecs.BOM_UTF8: "UTF-8",
    codecs.BOM_UTF16_LE: "UTF-16LE",
    codecs.BOM_UTF16_BE: "UTF-16BE",
}
LONGEST_MARK: Final = max(map(len, _MARKS))


def find_mark(head: bytes) -> Mark | None:
    """Return what the mark at the beginning says; None: there is none."""
    return next((Mark(name, len(mark)) for mark, name in _MARKS.items() if head.startswith(mark)), None)


def read_head(pieces: Iterable[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """Return at least so many bytes from the beginning, where there are as many, and the pieces behind them."""
    rest = iter(pieces)
    head = b""
    while len(head) < size and (piece := next(rest, None)) is not None:
        head += piece
    return head, rest


def decoded(
    pieces: Iterable[bytes], encoding: str, refuse: Callable[[UnicodeDecodeError, int, int], InvalidArchiveError]
) -> Iterator[bytes]:
    """Give pieces in UTF-8. Raises: what `refuse` makes of an error with the line and the column where it stands."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = column = 1
    try:
        for piece in pieces:
            text = decoder.decode(piece)
            line, column = _moved(text, line, column)
            yield text.encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(encoding)
        raise refuse(error, *_moved(before, line, column)) from error


def _moved(text: str, line: int, column: int) -> tuple[int, int]:
    """Return where one stands behind a text."""
    if breaks := text.count("\n"):
        return line + breaks, len(text) - text.rindex("\n")
    return line, column + len(text)
