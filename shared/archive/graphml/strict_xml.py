"""Strict XML: namespaces resolved, foreign ones skipped, everything dangerous refused at first sight."""

from __future__ import annotations

import pyexpat
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, NoReturn

from shared.archive.graphml.keys import GRAPHML_NAMESPACE, OUR_NAMESPACE
from shared.archive.limits import ArchiveLimits
from shared.errors import InvalidArchiveError

_XINCLUDE: Final = "http://www.w3.org/2001/XInclude"
_BOM: Final = b"\xef\xbb\xbf"
_MARKS_OF_OTHERS: Final = frozenset({b"\xff", b"\xfe", b"\x00"})

FOREIGN_SKIPPED: Final = "elements of foreign namespaces skipped"


class StrictXml:
    """Takes a document in pieces, calls back with local names. Raises InvalidArchiveError everywhere."""

    def __init__(
        self,
        entry: str,
        limits: ArchiveLimits,
        *,
        on_start: Callable[[str, str, Mapping[str, str]], None],
        on_end: Callable[[str, str], None],
        with_text: frozenset[str],
    ) -> None:
        self.warnings: Counter[str] = Counter()
        self.skipped_lines = 0
        """Lines that somebody else has read; they count in messages."""
        self.fed = 0
        """Bytes taken so far."""
        self.path: list[str] = []
        """Names of the open elements."""
        self.holds_foreign = False
        """Whether the element that may hold text, open or just ended, holds foreign elements."""
        self._entry = entry
        self._limits = limits
        self._on_start = on_start
        self._on_end = on_end
        self._with_text = with_text
        self._skipping = 0
        self._text: list[str] = []
        self._text_size = 0
        self._parser = self._make_parser()

    def _make_parser(self) -> pyexpat.XMLParserType:
        parser = pyexpat.ParserCreate("UTF-8", " ")
        if hasattr(parser, "SetReparseDeferralEnabled"):
            parser.SetReparseDeferralEnabled(False)
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = lambda *_: self.refuse("A DOCTYPE is not allowed")
        parser.EntityDeclHandler = lambda *_: self.refuse("Entities are not allowed")
        parser.ProcessingInstructionHandler = lambda *_: self.refuse("Processing instructions are not allowed")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        return parser

    def feed(self, piece: bytes) -> None:
        """Read on."""
        if self.fed == 0:
            piece = self._checked_start(piece)
        self.fed += len(piece)
        self._parse(piece, is_final=False)
        if self.fed - self.position > self._limits.token_bytes:
            self.refuse(f"A tag or comment of more than {self._limits.token_bytes} bytes")

    def _checked_start(self, piece: bytes) -> bytes:
        # A mark of UTF-16 would win over the encoding that expat was told to take.
        if piece[:1] in _MARKS_OF_OTHERS:
            self.refuse("Not well-formed XML in UTF-8: it begins with the mark of another encoding")
        return piece.removeprefix(_BOM)

    def close(self) -> None:
        """End the document."""
        self._parse(b"", is_final=True)

    def _parse(self, piece: bytes, *, is_final: bool) -> None:
        try:
            self._parser.Parse(piece, is_final)
        except pyexpat.ExpatError as error:
            raise InvalidArchiveError(
                f"Not well-formed XML in UTF-8: {pyexpat.ErrorString(error.code)}.",
                entry=self._entry,
                line=error.lineno + self.skipped_lines,
            ) from error

    @property
    def line(self) -> int:
        """Where the reader stands."""
        return self._parser.CurrentLineNumber + self.skipped_lines

    @property
    def position(self) -> int:
        """Where the current tag, or the last complete one, begins among the bytes fed."""
        return self._parser.CurrentByteIndex

    def refuse(self, problem: str) -> NoReturn:
        """Raise InvalidArchiveError that names entry and line."""
        raise InvalidArchiveError(f"{problem}.", entry=self._entry, line=self.line)

    def _declaration(self, version: str, encoding: str | None, _standalone: int) -> None:
        if version != "1.0" or (encoding or "UTF-8").upper() != "UTF-8":
            self.refuse(f"XML {version} in {encoding}: only XML 1.0 in UTF-8 is allowed")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        parent = self.path[-1] if self.path else ""
        self.path.append(local)
        if len(self.path) > self._limits.depth:
            self.refuse(f"Nested deeper than {self._limits.depth} elements")
        if len(attributes) > self._limits.attributes:
            self.refuse(f"More than {self._limits.attributes} attributes")
        if namespace == _XINCLUDE:
            self.refuse("XInclude is not allowed")
        if parent not in self._with_text:
            self._require_blank(self._take_text())
        if self._skipping or (namespace and not namespace.startswith(GRAPHML_NAMESPACE)):
            self._skip()
        else:
            self.holds_foreign = False
            self._on_start(parent, local, {_short(key): value for key, value in attributes.items()})

    def _skip(self) -> None:
        if len(self.path) == 1:
            self.refuse("The root element is not <graphml>")
        if not self._skipping:
            self.warnings[FOREIGN_SKIPPED] += 1
            self.holds_foreign = True
        self._skipping += 1

    def _end(self, _name: str) -> None:
        local = self.path[-1]
        if self._skipping:
            self._skipping -= 1
        else:
            text = self._take_text()
            if local not in self._with_text:
                self._require_blank(text)
            self._on_end(local, text)
        self.path.pop()

    def _characters(self, text: str) -> None:
        if self._skipping:
            return
        self._text_size += len(text.encode())
        if self._text_size > self._limits.token_bytes:
            self.refuse(f"A text of more than {self._limits.token_bytes} bytes")
        self._text.append(text)

    def _take_text(self) -> str:
        text = "".join(self._text)
        self._text.clear()
        self._text_size = 0
        return text

    def _require_blank(self, text: str) -> None:
        if text := text.strip():
            self.refuse(f"Text between elements: {text[:40]!r}")


def _short(name: str) -> str:
    """Shorten our namespace to `f:`; attributes of other namespaces keep their long, harmless names."""
    namespace, _, local = name.rpartition(" ")
    return f"f:{local}" if namespace == OUR_NAMESPACE else name
