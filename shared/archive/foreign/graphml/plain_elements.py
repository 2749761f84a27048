"""Reads elements whose markup is plain by pattern, and feeds everything else to the XML parser.

Writers put each element on lines of its own, in a few forms. Once the parser stands between two elements of the graph,
a plain one can hold nothing that a parser would take for something else: no comment, CDATA, namespace or declaration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from shared.archive.graphml.keys import Sort
from shared.archive.values.xml_text import has_noncharacters, is_steady

_ENDS: Final = re.compile(b"</(?:node|edge)>")
_TAG_BYTES: Final = len(b"</node>")
_AWAITED_BYTES: Final = 64 * 1024
"""A longer element goes to the parser as it comes, which checks its length."""
_LONGEST_STRIDE: Final = 1024 * 1024
_VALUE: Final = r'"[^"<&\n\t]*+"'
_TEXT: Final = "[^<>&]*+(?:&(?:amp|lt|gt|quot|apos);[^<>&]*+)*+"
_DATA: Final = f"<data key={_VALUE} ?(?:/>|>{_TEXT}</data>)"
_ELEMENT: Final = re.compile(
    rf"([ \t]*+(?:\n[ \t]*+)++)<(node|edge)((?: [A-Za-z_][A-Za-z0-9_.-]*+={_VALUE})*+) ?"
    rf"(?:/>|>((?:[ \t\n]*+{_DATA})*+)[ \t\n]*+</\2>)(?=[ \t]*+\n)"
)
"""One element, on lines of its own."""
_ATTRIBUTE: Final = re.compile(r' ([^= ]+)="([^"]*)"')
_DATUM: Final = re.compile('<data key="([^"]*)" ?(?:/>|>([^<]*)</data>)')


class ElementReader(Protocol):
    """What takes the document."""

    def read_strictly(self, part: bytes) -> None:
        """Feed the XML parser. Raises: InvalidArchiveError."""
        ...

    def is_between_elements(self, last_tag_bytes: int) -> bool:
        """Return whether the last part ended with an end tag of so many bytes, directly in the outermost graph."""
        ...

    def skip_lines(self, count: int) -> None:
        """Know of lines that the parser does not see."""
        ...

    def take_plain(self, sort: Sort, attributes: Mapping[str, str], data: Sequence[tuple[str, str]]) -> bool:
        """Take an element; False where the parser shall read it, to say what is wrong."""
        ...


class PlainElements:
    """Takes a document in pieces, in UTF-8."""

    def __init__(self, reader: ElementReader, *, longest: int) -> None:
        """`longest` is the limit of characters for one element; longer ones are the parser's."""
        self._reader = reader
        self._longest = longest
        self._pending = b""
        self._by_pattern = False
        self._stride = 0
        """Bytes to feed at least: it grows while the parser is within something, which may be a long comment."""

    def feed(self, piece: bytes) -> None:
        """Read on. Raises: InvalidArchiveError."""
        self._pending += piece
        while self._pending and (self._by_pattern or self._read_strictly()) and self._read_by_pattern():
            pass

    def close(self) -> None:
        """Feed what is left. Raises: InvalidArchiveError."""
        if self._pending:
            self._reader.read_strictly(self._pending)
            self._pending = b""

    def _read_strictly(self) -> bool:
        """Feed the parser until it stands between two elements; return whether it does."""
        at = 0
        while not self._by_pattern and at < len(self._pending):
            found = _ENDS.search(self._pending, at + self._stride)
            end = found.end() if found else len(self._pending)
            self._feed(self._pending[at:end], is_element_end=found is not None)
            at = end
        self._pending = self._pending[at:]
        return self._by_pattern

    def _feed(self, part: bytes, *, is_element_end: bool) -> None:
        self._reader.read_strictly(part)
        self._by_pattern = is_element_end and self._reader.is_between_elements(_TAG_BYTES)
        self._stride = 0 if self._by_pattern else min(max(1024, 2 * self._stride), _LONGEST_STRIDE)

    def _read_by_pattern(self) -> bool:
        """Take the elements that have arrived; return whether there may be more."""
        end = max(self._pending.rfind(b"</node>"), self._pending.rfind(b"</edge>"))
        if end < 0:
            self._by_pattern = len(self._pending) < _AWAITED_BYTES
            return not self._by_pattern
        part, self._pending = self._pending[: end + _TAG_BYTES], self._pending[end + _TAG_BYTES :]
        text = _plain_text(part)
        if text is None:
            self._feed(part, is_element_end=True)
        else:
            self._take_text(text)
        return True

    def _take_text(self, text: str) -> None:
        """Take elements one by one, the other ones by the parser."""
        at = 0
        while at < len(text):
            match = _ELEMENT.match(text, at)
            if match is not None and self._take(match):
                at = match.end()
                continue
            end = min(place for place in (text.find("</node>", at), text.find("</edge>", at)) if place >= 0)
            end += _TAG_BYTES
            self._feed(text[at:end].encode(), is_element_end=True)
            at = end
            if not self._by_pattern:
                self._pending = text[at:].encode() + self._pending
                return

    def _take(self, match: re.Match[str]) -> bool:
        indent, sort, attributes_text, data_text = match.groups()
        pairs = _ATTRIBUTE.findall(attributes_text)
        attributes = dict(pairs)
        if len(attributes) != len(pairs) or "xmlns" in attributes or match.end() - match.start() > self._longest:
            return False
        data = _DATUM.findall(data_text) if data_text else []
        if data_text and "&" in data_text:
            data = [(key, _unescape(text)) for key, text in data]
        before = indent.count("\n")
        self._reader.skip_lines(before)
        if not self._reader.take_plain(Sort(sort), attributes, data):
            self._reader.skip_lines(-before)
            return False
        if data_text:
            self._reader.skip_lines(match[0].count("\n") - before)
        return True


def _plain_text(part: bytes) -> str | None:
    """Return the text, unless a parser would refuse or change some of its characters."""
    if not is_steady(part) or has_noncharacters(part):
        return None
    try:
        return part.decode()
    except UnicodeDecodeError:
        return None


def _unescape(text: str) -> str:
    for reference, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(reference, character)
    return text
