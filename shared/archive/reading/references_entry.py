"""Reads the entry that lists an application's references to others and its shared nodes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn

from shared.archive.limits import ArchiveLimits, Setting
from shared.archive.manifest import ApplicationManifest, Manifest, ReferencesManifest
from shared.archive.reference_lines import parse_line
from shared.archive.zip.entry_reader import read_pieces
from shared.archive.zip.records import EntryRecord
from shared.errors import InvalidArchiveError
from shared.references import ExternalReference


def count_nodes(manifest: Manifest) -> Mapping[str, int]:
    """Count the nodes of each document: once for an archive, since any application may refer to any other."""
    return {each.entry: each.nodes for each in manifest.applications}


def read_lines(
    pieces: Iterable[bytes],
    entry: str,
    application: ApplicationManifest,
    *,
    nodes_of: Mapping[str, int],
    limits: ArchiveLimits,
) -> Iterator[ExternalReference | list[int]]:
    """Give each line as it is parsed: a reference, or the ordinals of shared nodes; `nodes_of` counts all documents.

    Raises: InvalidArchiveError.
    """
    for number, line in enumerate(_split(pieces, entry, limits), 1):
        try:
            yield parse_line(line, entry=application.entry, nodes_of=nodes_of, limits=limits)
        except (ValueError, TypeError) as error:
            raise InvalidArchiveError(f"Not a line of references: {error}.", entry=entry, line=number) from error


def _split(pieces: Iterable[bytes], entry: str, limits: ArchiveLimits) -> Iterator[bytes]:
    pending = b""
    for piece in pieces:
        *lines, pending = (pending + piece).split(b"\n")
        yield from lines
        if len(pending) > limits.token_bytes:
            raise InvalidArchiveError(
                f"A line of more than {limits.token_bytes} bytes ({Setting.VALUE_BYTES}).", entry=entry
            )
    if pending:
        raise InvalidArchiveError("The last line is cut off.", entry=entry)


class ReferencesInspector:
    """Compares the entry with what the manifest says of it."""

    def __init__(
        self,
        application: ApplicationManifest,
        references: ReferencesManifest,
        *,
        nodes_of: Mapping[str, int],
        limits: ArchiveLimits,
    ) -> None:
        self._application = application
        self._nodes_of = nodes_of
        self._references = references
        self._limits = limits
        self._sha256 = hashlib.sha256()
        self._counts: Counter[str] = Counter()
        self._shared_nodes = 0

    def inspect(self, path: Path, record: EntryRecord) -> Generator[str, None, None]:
        """Read it whole, line by line. Raises: InvalidArchiveError."""
        pieces = self._hashed(read_pieces(path, record))
        for each in read_lines(pieces, record.name, self._application, nodes_of=self._nodes_of, limits=self._limits):
            if isinstance(each, list):
                self._shared_nodes += len(each)
            else:
                self._counts[each.application or ""] += 1
            yield ""
        self._check("sha256", self._sha256.hexdigest(), self._references.sha256)
        self._check("external references", dict(self._counts), dict(self._application.external_references))
        self._check("shared nodes", self._shared_nodes, self._application.shared_nodes)

    def _hashed(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._sha256.update(piece)
            yield piece

    def _check(self, what: str, found: object, declared: object) -> None:
        if found != declared:
            self._refuse(f"The manifest says {what} {declared}; the entry has {found}")

    def _refuse(self, problem: str) -> NoReturn:
        raise InvalidArchiveError(f"{problem}.", entry=self._references.entry)
