"""XML in pieces, with everything dangerous refused at first sight: what all readers of documents share."""

from __future__ import annotations

import pyexpat
from abc import ABC, abstractmethod
from typing import Final, NoReturn

from shared.archive.graphml.keys import OUR_NAMESPACE
from shared.archive.limits import ArchiveLimits, Setting
from shared.archive.values.xml_text import count_bytes, is_allowed
from shared.errors import InvalidArchiveError

_XINCLUDE: Final = "http://www.w3.org/2001/XInclude"
_BOM: Final = b"\xef\xbb\xbf"
_CHARACTER_BYTES: Final = 4
"""Of the longest character: one may lie across two pieces."""
_MARKS_OF_OTHERS: Final = frozenset({b"\xff", b"\xfe", b"\x00"})


class SafeXml(ABC):
    """Takes a document in UTF-8; a subclass is told of elements. Raises InvalidArchiveError everywhere."""

    def __init__(self, entry: str, limits: ArchiveLimits) -> None:
        self.limits = limits
        self.skipped_lines = 0
        """Lines that somebody else has read; they count in messages."""
        self.fed = 0
        """Bytes taken so far."""
        self.path: list[str] = []
        """Names of the open elements."""
        self._entry = entry
        self._piece = b""
        self._cut = b""
        """The beginning of a character that goes on in the next piece."""
        self._text: list[str] = []
        self.text_bytes = 0
        """Of the text kept of the open element."""
        self._parser = self._make_parser()

    def _make_parser(self) -> pyexpat.XMLParserType:
        parser = pyexpat.ParserCreate("UTF-8", " ")
        if hasattr(parser, "SetReparseDeferralEnabled"):
            parser.SetReparseDeferralEnabled(False)
        parser.buffer_text = True
        parser.XmlDeclHandler = self.declared
        parser.StartDoctypeDeclHandler = lambda *_: self.refuse("A DOCTYPE is not allowed")
        parser.EntityDeclHandler = lambda *_: self.refuse("Entities are not allowed")
        parser.ProcessingInstructionHandler = lambda *_: self.refuse("Processing instructions are not allowed")
        parser.StartElementHandler = self.start_tag
        parser.EndElementHandler = self.end_tag
        parser.CharacterDataHandler = self.characters
        return parser

    @abstractmethod
    def declared(self, version: str, encoding: str | None, standalone: int, /) -> None:
        """Judge the XML declaration."""

    @abstractmethod
    def started(self, namespace: str, local: str, attributes: dict[str, str]) -> None:
        """Take an element's start; `path` ends with its name."""

    @abstractmethod
    def ended(self, local: str) -> None:
        """Take an element's end; `path` ends with its name still."""

    @abstractmethod
    def characters(self, text: str, /) -> None:
        """Take text, or leave it."""

    def feed(self, piece: bytes) -> None:
        """Read on."""
        if self.fed == 0:
            piece = self._checked_start(piece)
        piece = self._cut + piece
        whole = len(piece) - _incomplete_bytes(piece)  # the parser would refuse half a character without its name
        piece, self._cut = piece[:whole], piece[whole:]
        self.fed += len(piece)
        self._parse(piece, is_final=False)
        if self.fed - self.position > self.limits.token_bytes:
            self.refuse(f"A tag or comment of more than {self.limits.token_bytes} bytes ({Setting.VALUE_BYTES})")

    def _checked_start(self, piece: bytes) -> bytes:
        # A mark of UTF-16 would win over the encoding that expat was told to take.
        if piece[:1] in _MARKS_OF_OTHERS:
            self.refuse("Not well-formed XML in UTF-8: it begins with the mark of another encoding")
        return piece.removeprefix(_BOM)

    def close(self) -> None:
        """End the document."""
        self.fed += len(self._cut)
        self._parse(self._cut, is_final=True)

    def _parse(self, piece: bytes, *, is_final: bool) -> None:
        self._piece = self._piece[-_CHARACTER_BYTES:] + piece
        try:
            self._parser.Parse(piece, is_final)
        except pyexpat.ExpatError as error:
            raise InvalidArchiveError(
                f"Not well-formed XML in UTF-8: {pyexpat.ErrorString(error.code)}{self._offender()}.",
                entry=self._entry,
                line=error.lineno + self.skipped_lines,
                column=error.offset + 1,
            ) from error

    def _offender(self) -> str:
        """Name the character where the parser stopped, if it is one that XML forbids."""
        at = self._parser.ErrorByteIndex - (self.fed - len(self._piece))
        found = self._piece[max(at, 0) : max(at, 0) + 4].decode(errors="ignore")[:1] if at >= 0 else ""
        return "" if is_allowed(found) else f": the character U+{ord(found):04X} is not allowed in XML"

    @property
    def line(self) -> int:
        """Where the reader stands."""
        return self._parser.CurrentLineNumber + self.skipped_lines

    @property
    def column(self) -> int:
        """Where the reader stands in its line, in bytes from 1."""
        return self._parser.CurrentColumnNumber + 1

    @property
    def position(self) -> int:
        """Where the current tag, or the last complete one, begins among the bytes fed."""
        return self._parser.CurrentByteIndex

    def refuse(self, problem: str) -> NoReturn:
        """Raise InvalidArchiveError that names entry, line and column."""
        raise InvalidArchiveError(f"{problem}.", entry=self._entry, line=self.line, column=self.column)

    def keep(self, text: str) -> None:
        """Keep text of the open element, within the limit."""
        self.text_bytes += count_bytes(text)
        if self.text_bytes > self.limits.token_bytes:
            self.refuse(f"A text of more than {self.limits.token_bytes} bytes ({Setting.VALUE_BYTES})")
        self._text.append(text)

    def take_text(self) -> str:
        """Return the text kept since this was last asked."""
        if not self._text:
            return ""
        text = "".join(self._text)
        self._text.clear()
        self.text_bytes = 0
        return text

    def start_tag(self, name: str, attributes: dict[str, str], /) -> None:
        """Judge what is dangerous in any element; then tell of it."""
        namespace, _, local = name.rpartition(" ")
        self.path.append(local)
        if len(attributes) > self.limits.attributes:
            self.refuse(f"More than {self.limits.attributes} attributes ({Setting.ATTRIBUTES})")
        if namespace == _XINCLUDE:
            self.refuse("XInclude is not allowed")
        self.started(namespace, local, attributes)

    def end_tag(self, name: str, /) -> None:
        """Tell of an element's end."""
        self.ended(self.path[-1])
        self.path.pop()


def _incomplete_bytes(piece: bytes) -> int:
    """Count the bytes at the end that begin a character without ending it."""
    for count, byte in enumerate(reversed(piece[-3:]), 1):
        if byte >= 0xC0:
            return count if count < 2 + (byte >= 0xE0) + (byte >= 0xF0) else 0
        if byte < 0x80:
            break
    return 0


def short(name: str) -> str:
    """Shorten our namespace to `f:`; attributes of other namespaces keep their long, harmless names."""
    namespace, _, local = name.rpartition(" ")
    return f"f:{local}" if namespace == OUR_NAMESPACE else name
