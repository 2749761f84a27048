"""How bodies are encoded: never compressed, and in another encoding than UTF-8 only where the charset says so."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from gateway.http_errors import UnsupportedEncodingError, UnsupportedMediaTypeError
from shared.errors import InvalidRequestError

_CODECS: Final = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "iso8859-1", "iso8859-15", "cp1252", "ascii")
"""Those that are taken, by Python's names; it knows others that are no text, or slow to read."""

_LOOKS_WIDE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def require_plain_encoding(headers: Mapping[str, str]) -> None:
    """Refuse compressed bodies: their size cannot be known from what arrives. Raises: UnsupportedEncodingError."""
    encoding = headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        message = f"Content-Encoding {encoding!r} is not accepted; send the body as it is."
        raise UnsupportedEncodingError(message, headers={"Accept-Encoding": "identity"})


def to_utf8(content: bytes, charset: str | None, where: str) -> bytes:
    """Return text as UTF-8 without a byte order mark. Raises: UnsupportedMediaTypeError, InvalidRequestError."""
    text = Recoder(charset, where).feed(content, final=True).removeprefix(codecs.BOM_UTF8)
    if text.startswith(_LOOKS_WIDE) or b"\0" in text[:4]:
        raise InvalidRequestError(f"The {where} looks like UTF-16; send UTF-8, or name the charset in Content-Type.")
    return text


def is_utf8(content: bytes) -> bool:
    """Whether bytes are text as it is taken without a charset."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


class Recoder:
    """Turns text that arrives in pieces into UTF-8; what is said to be UTF-8 passes as it is."""

    def __init__(self, charset: str | None, where: str) -> None:
        """Raises: UnsupportedMediaTypeError for a charset that is not taken."""
        codec = _find_codec(charset or "utf-8")
        self._decoder = None if codec in ("utf-8", "ascii") else codecs.getincrementaldecoder(codec)()
        self._problem = f"The {where} is not {charset}, as its Content-Type says"

    def feed(self, piece: bytes, *, final: bool = False) -> bytes:
        """Return what the piece completes. Raises: InvalidRequestError."""
        if self._decoder is None:
            return piece
        try:
            return self._decoder.decode(piece, final).encode()
        except UnicodeDecodeError as error:
            raise InvalidRequestError(f"{self._problem}: {error.reason}.") from error


def _find_codec(charset: str) -> str:
    with suppress(LookupError, ValueError):
        if (name := codecs.lookup(charset).name) in _CODECS:
            return name
    raise UnsupportedMediaTypeError(f"Charset {charset!r} is not taken; send one of {', '.join(_CODECS)}.")
