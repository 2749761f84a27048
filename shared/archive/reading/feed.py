"""Cuts a document into elements: by shape where possible, else by the strict reader."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

from typing_extensions import override

from shared.archive.graphml.keys import EDGE_END, NODE_END
from shared.archive.reading.document import LineDocument, OrdinalDocument, StrictDocument
from shared.archive.values.xml_text import has_noncharacters, is_steady

_ELEMENT_ENDS: Final = (NODE_END.encode(), EDGE_END.encode())
_ELEMENT_END: Final = re.compile(b"|".join(_ELEMENT_ENDS))
_EDGE_START: Final = b"<edge "
_TAG_BYTES: Final = len(NODE_END)
_CHARACTER_BYTES: Final = 4
_AWAITED_BYTES: Final = 64 * 1024
"""A longer element is fed to the strict reader as it comes, which checks its length."""


class ElementFeed(ABC):
    """Takes pieces of a document as they come.

    Our writer puts each element on lines of its own, with its markup nowhere in a value. So text between two end tags
    is one element, as long as the strict reader, which has seen everything else, stands between elements, too.
    """

    def __init__(self, strict: StrictDocument) -> None:
        self._strict = strict
        self._pending = b""
        self._by_shape = False

    @abstractmethod
    def read_elements(self, part: bytes) -> None:
        """Read whole elements: by shape, or strictly while the strict reader stands between elements."""

    def feed(self, piece: bytes) -> None:
        """Read on. Raises: InvalidArchiveError."""
        self._pending += piece
        while self._advance():
            pass

    def close(self) -> None:
        """End the document. Raises: InvalidArchiveError."""
        self._strict.feed(self._pending)
        self._strict.close()

    def _advance(self) -> bool:
        """Take the next part; return whether more may be ready."""
        if not self._by_shape:
            return self._read_strictly()
        end = self._last_end()
        if end < 0:
            self._by_shape = len(self._pending) < _AWAITED_BYTES
            return not self._by_shape
        part, self._pending = self._pending[: end + _TAG_BYTES], self._pending[end + _TAG_BYTES :]
        self.read_elements(part)
        return True

    def _last_end(self) -> int:
        """Return where the last end tag of an element begins, -1 where there is none."""
        end = -1
        # The likelier one first: the other is looked for behind it alone.
        for tag in reversed(_ELEMENT_ENDS) if self._strict.relationship_count else _ELEMENT_ENDS:
            end = max(end, self._pending.rfind(tag, max(end, 0)))
        return end

    def _read_strictly(self) -> bool:
        """Feed up to the next place where reading by shape may begin."""
        places = [place for tag in _ELEMENT_ENDS if (place := self._pending.find(tag)) >= 0]
        # A tag may be cut between two pieces: keep what may be its beginning.
        end = min(places) + _TAG_BYTES if places else _character_start(self._pending, len(self._pending) - _TAG_BYTES)
        part, self._pending = self._pending[:end], self._pending[end:]
        self._feed_strictly(part)
        return bool(places)

    def _feed_strictly(self, part: bytes) -> None:
        self._strict.feed(part)
        self._by_shape = self._strict.is_between_elements(_TAG_BYTES)

    def put_back(self, part: bytes) -> None:
        """Take a part again that was not read."""
        self._pending = part + self._pending


class DocumentFeed(ElementFeed):
    """Reads by patterns."""

    def __init__(self, document: OrdinalDocument) -> None:
        super().__init__(document)
        self._document = document

    @override
    def read_elements(self, part: bytes) -> None:
        if not _is_plain_text(part):
            self._feed_strictly(part)
            return
        edges = part.find(_EDGE_START)
        cut = len(part) if edges < 0 else edges
        document = self._document
        left = self._take(part[:cut], NODE_END, document.take_plain_nodes, document.take_plain_node) + part[cut:]
        if self._by_shape:
            left = self._take(left, EDGE_END, document.take_plain_edges, document.take_plain_edge)
        if self._by_shape and left:
            self._feed_strictly(left)
        else:
            self.put_back(left)

    def _take(
        self, content: bytes, end_tag: str, take_all: Callable[[bytes], bool], take: Callable[[str], bool]
    ) -> bytes:
        """Take elements at once, else one by one; return what is left once the strict reader is within something."""
        if not content or (content.endswith(end_tag.encode()) and take_all(content)):
            self._document.skip_lines(content.count(b"\n"))
            return b""
        elements = content.decode().split(end_tag)
        rest = elements.pop()
        uncounted = 0
        for index, element in enumerate(elements):
            if take(element):
                continue
            self._document.skip_lines(_lines(elements[uncounted:index]))
            uncounted = index + 1
            self._feed_strictly((element + end_tag).encode())
            if not self._by_shape:
                return end_tag.join([*elements[index + 1 :], rest]).encode()
        self._document.skip_lines(_lines(elements[uncounted:]))
        return rest.encode()


class LineFeed(ElementFeed):
    """Reads by the compiled codec."""

    def __init__(self, document: LineDocument) -> None:
        super().__init__(document)
        self._document = document

    @override
    def read_elements(self, part: bytes) -> None:
        at = 0
        while self._by_shape and (at := self._document.take_lines(part, at)) < len(part):
            end = _ELEMENT_END.search(part, at)
            stop = len(part) if end is None else end.end()
            self._feed_strictly(part[at:stop])
            at = stop
        self.put_back(part[at:])


def _character_start(content: bytes, at: int) -> int:
    """Return where the character begins that a place lies in: the parser names a wrong one if it sees all of it."""
    starts = (place for place in range(at, at - _CHARACTER_BYTES, -1) if place > 0 and content[place] & 0xC0 != 0x80)
    return next(starts, max(0, at))


def _is_plain_text(part: bytes) -> bool:
    """Return whether no parser would refuse any of it for its characters, or take it for something else."""
    try:
        part.decode()
    except UnicodeDecodeError:
        return False
    return is_steady(part) and not has_noncharacters(part)


def _lines(elements: list[str]) -> int:
    return sum(element.count("\n") for element in elements) + len(elements)
