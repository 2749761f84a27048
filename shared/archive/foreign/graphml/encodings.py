"""Documents in the encodings that XML's writers use, as UTF-8."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from shared.errors import InvalidArchiveError

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WITHOUT_MARK: Final = (("<\0?\0".encode("ascii"), "utf-16-le"), ("\0<\0?".encode("ascii"), "utf-16-be"))
_DECLARED: Final = re.compile(rb"""\A<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_ENCODINGS: Final = {
    **dict.fromkeys(("utf-8", "utf8"), "utf-8"),
    **dict.fromkeys(("us-ascii", "ascii"), "ascii"),
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1"), "iso-8859-1"),
    **dict.fromkeys(("windows-1252", "cp1252"), "windows-1252"),
}
_WIDE: Final = frozenset({"utf-16", "utf-16le", "utf-16be", "ucs-2", "iso-10646-ucs-2"})
_KNOWN: Final = "UTF-8, UTF-16, US-ASCII, ISO-8859-1, windows-1252"
_HEAD_BYTES: Final = 256


def to_utf8(pieces: Iterable[bytes], entry: str) -> Iterator[bytes]:
    """Give a document's pieces in UTF-8, without a byte order mark. Raises: InvalidArchiveError."""
    rest = iter(pieces)
    head = b""
    while len(head) < _HEAD_BYTES and (piece := next(rest, None)) is not None:
        head += piece
    encoding, mark_bytes = _encoding_of(head, entry)
    pieces = chain((head[mark_bytes:],), rest)
    return iter(pieces) if encoding == "utf-8" else _decoded(pieces, encoding, entry)


def _encoding_of(head: bytes, entry: str) -> tuple[str, int]:
    """Return the encoding, and the length of the byte order mark."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    for start, encoding in _WITHOUT_MARK:
        if head.startswith(start):
            return encoding, 0
    found = _DECLARED.match(head)
    declared = found[1].decode() if found else "UTF-8"
    encoding = _ENCODINGS.get(declared.lower(), "")
    if not encoding:
        problem = "but its bytes are not" if declared.lower() in _WIDE else f"which is unknown; known are {_KNOWN}"
        raise InvalidArchiveError(f"The document is declared as {declared}, {problem}.", entry=entry, line=1)
    return encoding, 0


def _decoded(pieces: Iterable[bytes], encoding: str, entry: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    try:
        for piece in pieces:
            text = decoder.decode(piece)
            lines += text.count("\n")
            yield text.encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise InvalidArchiveError(f"Not {encoding}, as the document says: {error}.", entry=entry, line=lines) from error
