"""Takes one long text out of a JSON object that arrives in pieces."""

from __future__ import annotations

import re
from typing import Final

import orjson

from gateway.dialects.darwin.base64_stream import WHITESPACE
from shared.errors import InvalidArchiveError, InvalidJsonError, InvalidRequestError, TooLargeError

_STRUCTURE: Final = re.compile(rb'["{}\[\]:,]')
_IN_STRING: Final = re.compile(rb'["\\]')
_LONGEST_ESCAPE: Final = len(rb"\uffff")
_CUT_ESCAPE: Final = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?\Z")


class LongTextScanner:
    """Gives the characters of the object's text of one name; all else is kept as JSON, with that text left empty.

    Only what is needed to find the text is looked at: whether all is JSON shows when the rest is parsed.
    """

    def __init__(self, name: str, *, max_rest_bytes: int) -> None:
        self.rest = bytearray()
        self._name = name
        self._max_rest_bytes = max_rest_bytes
        self._depth = 0
        self._string: bytearray | None = None
        """A string that has begun, as it is written."""
        self._key: bytearray | None = None
        """The last string of the outer object that could be a key."""
        self._awaits_value = False
        self._is_in_text = False
        self._was_found = False
        self._carried = b""
        """The beginning of an escape that a piece was cut in."""

    def feed(self, piece: bytes) -> bytes:
        """Return what the piece holds of the text.

        Raises: InvalidArchiveError where that cannot be Base64, InvalidRequestError where there are two, TooLargeError.
        """
        piece, self._carried = self._carried + piece, b""
        found: list[bytes] = []
        at = 0
        while at < len(piece):
            if self._is_in_text:
                text, at = self._read_text(piece, at)
                found.append(text)
            elif self._string is not None:
                at = self._read_string(piece, at)
            else:
                at = self._read_structure(piece, at)
        return b"".join(found)

    def finish(self) -> bytes:
        """Return the JSON without the text. Raises: InvalidJsonError where it is broken off in the text."""
        if self._is_in_text:
            raise InvalidJsonError(f"The request body is not JSON: it ends within {self._name!r}.")
        return bytes(self.rest)

    def _keep(self, part: bytes) -> None:
        self.rest += part
        if len(self.rest) > self._max_rest_bytes:
            raise TooLargeError(f"The request body without {self._name} is above {self._max_rest_bytes} bytes.")

    def _read_structure(self, piece: bytes, at: int) -> int:
        match = _STRUCTURE.search(piece, at)
        end = len(piece) if match is None else match.end()
        self._keep(piece[at:end])
        if match is not None:
            self._take(match[0])
        return end

    def _take(self, sign: bytes) -> None:
        """Follow where in the object we are."""
        match sign:
            case b'"' if self._awaits_value:
                self._begin_text()
            case b'"':
                self._string = bytearray()
            case b"{" | b"[":
                self._depth += 1
            case b"}" | b"]":
                self._depth -= 1
            case b":":
                self._awaits_value = self._depth == 1 and _is_named(self._key, self._name)
            case _:
                pass
        if sign != b":":
            self._awaits_value = False
        if sign != b'"':
            self._key = None

    def _begin_text(self) -> None:
        if self._was_found:
            raise InvalidRequestError(f"{self._name} is there twice.")
        self._was_found = self._is_in_text = True

    def _read_string(self, piece: bytes, at: int) -> int:
        match = _IN_STRING.search(piece, at)
        end = len(piece) if match is None else match.end()
        if match is not None and match[0] == b"\\":
            if end == len(piece):
                self._carried = piece[end - 1 :]
                self._add_to_string(piece[at : end - 1])
                return end
            end += 1
        self._add_to_string(piece[at:end])
        if match is not None and match[0] == b'"':
            self._key, self._string = self._string, None
        return end

    def _add_to_string(self, part: bytes) -> None:
        self._keep(part)
        if self._string is not None:
            self._string += part

    def _read_text(self, piece: bytes, at: int) -> tuple[bytes, int]:
        end = piece.find(b'"', at)
        if end >= 0:
            self._is_in_text = False
            self._keep(b'"')
            return _unescape(piece[at:end]), end + 1
        cut = _CUT_ESCAPE.search(piece, max(at, len(piece) - _LONGEST_ESCAPE))
        end = len(piece) if cut is None else cut.start()
        self._carried = piece[end:]
        return _unescape(piece[at:end]), len(piece)


def _is_named(written: bytearray | None, name: str) -> bool:
    """Compare a key as it is written, up to its closing quote, with a name."""
    if written is None:
        return False
    try:
        return bool(orjson.loads(b'"' + written) == name)
    except orjson.JSONDecodeError:
        return False  # told when the rest is parsed


def _unescape(text: bytes) -> bytes:
    """Resolve escapes; line breaks that should have been escaped are taken for such, as shells write them."""
    if b"\\" not in text:
        return text
    try:
        resolved: str = orjson.loads(b'"' + text.translate(None, WHITESPACE) + b'"')
        return resolved.encode()
    except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
        raise InvalidArchiveError("The package is not Base64: it holds an escape that is none.") from error
