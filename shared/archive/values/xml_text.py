"""Text in XML: which code points it forbids or changes, and how they are escaped."""

from __future__ import annotations

import re
from typing import Final

FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Code points that no XML document may hold, not even as a reference."""

CHANGED_BYTES: Final = bytes((*range(9), 11, 12, *range(13, 32)))
"""Bytes that parsers refuse or change wherever they stand."""

_NEEDS_ESCAPE: Final = re.compile("[&<>\r]")
_REPLACEMENT: Final = "\ufffd"


def escape_text(text: str) -> str:
    """Write text for an element's content; a carriage return as a reference, because parsers change a plain one."""
    if _NEEDS_ESCAPE.search(text) is None:
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def unescape_text(text: str) -> str:
    """Undo escape_text."""
    if "&" not in text:
        return text
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&#13;", "\r").replace("&amp;", "&")


def escape_attribute(text: str) -> str:
    """Write text for an attribute in double quotes, with references for what parsers would turn into spaces."""
    return escape_text(text).replace('"', "&quot;").replace("\t", "&#9;").replace("\n", "&#10;")


def is_allowed(text: str) -> bool:
    """Return whether XML can carry every code point of a text."""
    return FORBIDDEN.search(text) is None


def make_allowed(text: str) -> str:
    """Return what readers see that do not know our extensions: forbidden code points replaced by U+FFFD."""
    return FORBIDDEN.sub(_REPLACEMENT, text)


def count_bytes(text: str) -> int:
    """Count the bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def is_steady(encoded: bytes) -> bool:
    """Return whether parsers would take every single byte as it is."""
    return len(encoded.translate(None, CHANGED_BYTES)) == len(encoded)


def has_noncharacters(encoded: bytes) -> bool:
    """Return whether U+FFFE or U+FFFF is in a text: the two forbidden code points that are not single bytes."""
    return not encoded.isascii() and (b"\xef\xbf\xbe" in encoded or b"\xef\xbf\xbf" in encoded)
