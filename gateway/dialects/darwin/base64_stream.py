"""Base64 decoded as it arrives, whether it was encoded once or twice."""

from __future__ import annotations

import binascii
import string
from typing import Final

from shared.errors import InvalidArchiveError

WHITESPACE: Final = b" \t\r\n"
"""Encoders break lines; where they do means nothing."""

_HEAD_BYTES: Final = 4
"""Enough to tell the beginning of a ZIP, which is no text, from the beginning of another Base64."""

_TEXT: Final = frozenset((string.ascii_letters + string.digits + "+/=").encode() + WHITESPACE)


class PackageDecoder:
    """Gives the bytes of a package; its first ones tell whether it was encoded twice."""

    def __init__(self) -> None:
        self._first = _Decoder()
        self._second: _Decoder | None = None
        self._head: bytes | None = b""
        """What came before that is known; None once it is."""

    def feed(self, text: bytes) -> bytes:
        """Return what these characters complete. Raises: InvalidArchiveError."""
        return self._pass_on(self._first.feed(text))

    def finish(self) -> bytes:
        """Return the rest. Raises: InvalidArchiveError."""
        rest = self._pass_on(self._first.finish())
        if self._head is not None:
            return self._head
        return rest if self._second is None else rest + self._second.finish()

    def _pass_on(self, decoded: bytes) -> bytes:
        if self._head is not None:
            self._head += decoded
            if len(self._head) < _HEAD_BYTES:
                return b""
            decoded, self._head = self._head, None
            if _TEXT.issuperset(decoded[:_HEAD_BYTES]):
                self._second = _Decoder()
        return decoded if self._second is None else self._second.feed(decoded)


class _Decoder:
    """Decodes whole groups of four characters, and keeps the others until more come."""

    def __init__(self) -> None:
        self._rest = b""
        self._is_padded = False

    def feed(self, text: bytes) -> bytes:
        text = self._rest + text.translate(None, WHITESPACE)
        whole = len(text) - len(text) % 4
        self._rest = text[whole:]
        return self._decode(text[:whole])

    def finish(self) -> bytes:
        """Some encoders leave out the padding."""
        return self._decode(self._rest + b"=" * (-len(self._rest) % 4))

    def _decode(self, text: bytes) -> bytes:
        if not text:
            return b""
        if self._is_padded:
            raise InvalidArchiveError("The package is not Base64: it goes on behind its padding.")
        self._is_padded = text.endswith(b"=")
        try:
            return binascii.a2b_base64(text, strict_mode=True)
        except binascii.Error as error:
            raise InvalidArchiveError(f"The package is not Base64: {error}.") from error
