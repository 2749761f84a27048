"""Gives the lines of a document to the compiled codec, and what that does not know to the strict reader."""

from __future__ import annotations

import re
from typing import Final

from shared.archive.graphml.keys import EDGE_END, NODE_END
from shared.archive.reading.document import LineDocument

_ELEMENT_ENDS: Final = (NODE_END.encode(), EDGE_END.encode())
_ELEMENT_END: Final = re.compile(b"|".join(_ELEMENT_ENDS))
_TAG_BYTES: Final = len(NODE_END)
_CHARACTER_BYTES: Final = 4
_AWAITED_BYTES: Final = 64 * 1024
"""A longer element is fed to the strict reader as it comes, which checks its length."""


class LineFeed:
    """Takes pieces of a document as they come.

    Our writer puts each element on lines of its own, with its markup nowhere in a value. So text between two end tags
    is one element, as long as the strict reader, which has seen everything else, stands between elements, too.
    """

    def __init__(self, document: LineDocument) -> None:
        self._document = document
        self._pending = b""
        self._by_line = False

    def feed(self, piece: bytes) -> None:
        """Read on. Raises: InvalidArchiveError."""
        self._pending += piece
        while self._advance():
            pass

    def close(self) -> None:
        """End the document. Raises: InvalidArchiveError."""
        self._document.feed(self._pending)
        self._document.close()

    def _advance(self) -> bool:
        """Take the next part; return whether more may be ready."""
        if not self._by_line:
            return self._read_strictly()
        end = self._last_end()
        if end < 0:
            self._by_line = len(self._pending) < _AWAITED_BYTES
            return not self._by_line
        part, self._pending = self._pending[: end + _TAG_BYTES], self._pending[end + _TAG_BYTES :]
        self._read_lines(part)
        return True

    def _read_lines(self, part: bytes) -> None:
        """Have whole elements read: by the codec, or strictly until the strict reader stands between elements again."""
        at = 0
        while self._by_line and (at := self._document.take_lines(part, at)) < len(part):
            end = _ELEMENT_END.search(part, at)
            stop = len(part) if end is None else end.end()
            self._feed_strictly(part[at:stop])
            at = stop
        self._pending = part[at:] + self._pending

    def _last_end(self) -> int:
        """Return where the last end tag of an element begins, -1 where there is none."""
        end = -1
        # The likelier one first: the other is looked for behind it alone.
        for tag in reversed(_ELEMENT_ENDS) if self._document.relationship_count else _ELEMENT_ENDS:
            end = max(end, self._pending.rfind(tag, max(end, 0)))
        return end

    def _read_strictly(self) -> bool:
        """Feed up to the next place where reading lines may begin."""
        places = [place for tag in _ELEMENT_ENDS if (place := self._pending.find(tag)) >= 0]
        # A tag may be cut between two pieces: keep what may be its beginning.
        end = min(places) + _TAG_BYTES if places else _character_start(self._pending, len(self._pending) - _TAG_BYTES)
        part, self._pending = self._pending[:end], self._pending[end:]
        self._feed_strictly(part)
        return bool(places)

    def _feed_strictly(self, part: bytes) -> None:
        self._document.feed(part)
        self._by_line = self._document.is_between_elements(_TAG_BYTES)


def _character_start(content: bytes, at: int) -> int:
    """Return where the character begins that a place lies in: the parser names a wrong one if it sees all of it."""
    starts = (place for place in range(at, at - _CHARACTER_BYTES, -1) if place > 0 and content[place] & 0xC0 != 0x80)
    return next(starts, max(0, at))
