"""Writes the entry that lists an application's references to others and its shared nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from shared.archive.manifest import ReferencesManifest
from shared.archive.reference_lines import format_reference, format_shared
from shared.archive.zip.entry_reader import hash_entry
from shared.archive.zip.entry_writer import append_entry
from shared.archive.zip.records import EntryRecord
from shared.archive.zip.segments import SegmentSpool, open_spool
from shared.errors import UnsupportedValueError
from shared.references import ExternalReference

_SHARED_PER_LINE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenReferences:
    """What the manifest says of an application's references."""

    record: EntryRecord | None = None
    """None: there are none, so that there is no entry."""
    manifest: ReferencesManifest | None = None
    counts: Counter[str] = field(default_factory=Counter)
    """References by the far application."""
    shared_nodes: int = 0
    stripped: Counter[str] = field(default_factory=Counter)


class ReferencesWriter:
    """Takes shared nodes, then references; costs nothing where there are none."""

    def __init__(self, path: Path, is_secured: Callable[[str], bool]) -> None:
        self._path = path
        self._is_secured = is_secured
        self._resources = ExitStack()
        self._spool: SegmentSpool | None = None
        self._counts: Counter[str] = Counter()
        self._stripped: Counter[str] = Counter()
        self._shared_nodes = 0

    def add_shared(self, ordinals: Sequence[int]) -> None:
        """Append nodes that other applications carry too."""
        self._shared_nodes += len(ordinals)
        for start in range(0, len(ordinals), _SHARED_PER_LINE):
            self._append(format_shared(ordinals[start : start + _SHARED_PER_LINE]))

    def add_references(self, references: Sequence[ExternalReference]) -> None:
        """Append references, whose nodes are ordinals. Raises: UnsupportedValueError."""
        for each in references:
            try:
                self._append(format_reference(self._strip(each)))
            except ValueError as error:
                raise UnsupportedValueError(
                    f"A relationship of type {each.type!r} to application {each.application!r} cannot be carried: "
                    f"{error}."
                ) from error
            self._counts[each.application or ""] += 1

    def _strip(self, reference: ExternalReference) -> ExternalReference:
        secured = [key for key in reference.properties if self._is_secured(key)]
        if not secured:
            return reference
        self._stripped.update(secured)
        kept = {key: value for key, value in reference.properties.items() if key not in secured}
        return replace(reference, properties=kept)

    def _append(self, line: bytes) -> None:
        if self._spool is None:
            self._spool = SegmentSpool(self._resources.enter_context(open_spool(self._path.parent)))
        self._spool.append(line)
        while self._spool.is_full:
            self._spool.store(self._spool.take())

    def assemble(self, file: IO[bytes], name: str) -> WrittenReferences:
        """Write the entry at the file's end, where there is anything to write, then read it back. Raises: OSError."""
        if self._spool is None:
            return WrittenReferences()
        self._spool.store(self._spool.take())
        record = append_entry(file, name, self._spool.totals, self._spool.read_all())
        return WrittenReferences(
            record=record,
            manifest=ReferencesManifest(entry=name, bytes=record.bytes, sha256=hash_entry(self._path, record)),
            counts=self._counts,
            shared_nodes=self._shared_nodes,
            stripped=self._stripped,
        )

    def close(self) -> None:
        """Drop the spool."""
        self._resources.close()
