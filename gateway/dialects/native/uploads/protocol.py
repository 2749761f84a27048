"""The headers of tus 1.0."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway.http_errors import UnsupportedMediaTypeError, UnsupportedProtocolError
from gateway.server.text import read_text_header
from shared.errors import InvalidRequestError

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-defer-length,creation-with-upload,termination,expiration,checksum"
ALGORITHMS: Final = ("sha1", "sha256")
PIECE: Final = "application/offset+octet-stream"
ALWAYS: Final = MappingProxyType({"Tus-Resumable": VERSION})

_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksum:
    """What a piece must be."""

    algorithm: str
    digest: bytes

    def start(self) -> hashlib._Hash:
        """Begin to compute it."""
        return hashlib.new(self.algorithm, usedforsecurity=False)


def require_version(headers: Mapping[str, str]) -> None:
    """Refuse another version of the protocol. Raises: UnsupportedProtocolError."""
    if headers.get("Tus-Resumable") != VERSION:
        message = f"The header Tus-Resumable must be {VERSION}."
        raise UnsupportedProtocolError(message, headers={"Tus-Version": VERSION})


def is_piece(headers: Mapping[str, str]) -> bool:
    """Whether a body is a piece of an upload."""
    return headers.get("Content-Type", "").partition(";")[0].strip().lower() == PIECE


def require_piece(headers: Mapping[str, str]) -> None:
    """Refuse a body that is no piece. Raises: UnsupportedMediaTypeError."""
    if not is_piece(headers):
        raise UnsupportedMediaTypeError(f"The Content-Type must be {PIECE}.")


def parse_number(headers: Mapping[str, str], name: str) -> int:
    """Return a number of bytes. Raises: InvalidRequestError."""
    text = headers.get(name, "")
    if _NUMBER.fullmatch(text) is None:
        raise InvalidRequestError(f"The header {name} must be a number of bytes, not {text!r}.")
    return int(text)


def parse_length(headers: Mapping[str, str]) -> int | None:
    """Return how much a new upload will be; None where that comes later. Raises: InvalidRequestError."""
    if (deferred := headers.get("Upload-Defer-Length")) is None:
        return parse_number(headers, "Upload-Length")
    if deferred != "1":
        raise InvalidRequestError(f"The header Upload-Defer-Length must be 1, not {deferred!r}.")
    if "Upload-Length" in headers:
        raise InvalidRequestError("Send Upload-Length or Upload-Defer-Length, not both.")
    return None


def refuse_concatenation(headers: Mapping[str, str]) -> None:
    """Refuse an upload in parallel parts, before it is taken for one of its own. Raises: InvalidRequestError."""
    if "Upload-Concat" in headers:
        message = (
            "Uploads cannot be put together of several (Upload-Concat): send the file in one (parallelUploads: 1)."
        )
        raise InvalidRequestError(message)


def parse_metadata(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return what Upload-Metadata says, by key. Raises: InvalidRequestError."""
    found: dict[str, str] = {}
    text = read_text_header(headers, "Upload-Metadata") or ""
    for pair in filter(None, map(str.strip, text.split(","))):
        key, _, value = pair.partition(" ")
        if key in found:
            raise InvalidRequestError(f"Upload-Metadata: {key!r} is there twice.")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except ValueError as error:
            raise InvalidRequestError(f"Upload-Metadata: the value of {key!r} is not Base64 of UTF-8.") from error
    return found


def parse_checksum(headers: Mapping[str, str]) -> Checksum | None:
    """Return what Upload-Checksum says. Raises: InvalidRequestError."""
    if (text := headers.get("Upload-Checksum")) is None:
        return None
    algorithm, _, value = text.partition(" ")
    if algorithm not in ALGORITHMS:
        raise InvalidRequestError(f"Upload-Checksum: {algorithm!r} is not one of {', '.join(ALGORITHMS)}.")
    try:
        return Checksum(algorithm=algorithm, digest=base64.b64decode(value, validate=True))
    except ValueError as error:
        raise InvalidRequestError("Upload-Checksum: the digest is not Base64.") from error
