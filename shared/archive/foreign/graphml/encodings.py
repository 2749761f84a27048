"""Documents in the encodings that XML's writers use, as UTF-8."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Final

from shared.archive.foreign.decoding import Mark, decoded, find_mark, read_head
from shared.errors import InvalidArchiveError

_WITHOUT_MARK: Final = (("<\0?\0".encode("ascii"), "UTF-16LE"), ("\0<\0?".encode("ascii"), "UTF-16BE"))
_DECLARED: Final = re.compile(rb"""\A<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_ENCODINGS: Final = {
    **dict.fromkeys(("utf-8", "utf8"), "UTF-8"),
    **dict.fromkeys(("us-ascii", "ascii"), "US-ASCII"),
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1"), "ISO-8859-1"),
    **dict.fromkeys(("windows-1252", "cp1252"), "windows-1252"),
}
_WIDE: Final = frozenset({"utf-16", "utf-16le", "utf-16be", "ucs-2", "iso-10646-ucs-2"})
_KNOWN: Final = "UTF-8, UTF-16, US-ASCII, ISO-8859-1, windows-1252"
_HEAD_BYTES: Final = 256


def to_utf8(pieces: Iterable[bytes], entry: str) -> Iterator[bytes]:
    """Give a document's pieces in UTF-8, without a byte order mark. Raises: InvalidArchiveError."""
    head, rest = read_head(pieces, _HEAD_BYTES)
    encoding, mark_bytes = find_mark(head) or Mark(_encoding_of(head, entry), 0)
    unmarked = chain((head[mark_bytes:],), rest)
    return unmarked if encoding == "UTF-8" else decoded(unmarked, encoding, partial(_refusal, encoding, entry))


def _encoding_of(head: bytes, entry: str) -> str:
    """Return the encoding of a document without a byte order mark."""
    for start, encoding in _WITHOUT_MARK:
        if head.startswith(start):
            return encoding
    found = _DECLARED.match(head)
    declared = found[1].decode() if found else "UTF-8"
    encoding = _ENCODINGS.get(declared.lower(), "")
    if not encoding:
        problem = "but its bytes are not" if declared.lower() in _WIDE else f"which is unknown; known are {_KNOWN}"
        raise InvalidArchiveError(f"The document is declared as {declared}, {problem}.", entry=entry, line=1)
    return encoding


def _refusal(encoding: str, entry: str, error: UnicodeDecodeError, line: int, column: int) -> InvalidArchiveError:
    return InvalidArchiveError(f"Not {encoding}, as the document says: {error}.", entry=entry, line=line, column=column)
