"""Writes the entry that lists an application's references to others and its shared nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from shared.archive.limits import ArchiveLimits, Setting
from shared.archive.manifest import ReferencesManifest
from shared.archive.reference_lines import format_reference, format_shared, with_far_node
from shared.archive.zip.entry_reader import hash_entry
from shared.archive.zip.entry_writer import append_entry
from shared.archive.zip.records import EntryRecord
from shared.archive.zip.segments import SegmentSpool, open_spool
from shared.errors import UnsupportedValueError
from shared.references import ExternalReference

_SHARED_PER_LINE = 1_000
_UNKNOWN = b"-"
"""Stands before a line whose far node is not known."""
_FAR_NODE_BYTES = 128
"""More than a line grows by its far node."""

FarNodes = Callable[[int], tuple[str, int] | None]
"""Finds the node of a database id in the documents of other applications: the entry, and the ordinal in it."""


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
    """Takes shared nodes, then references; costs nothing where there are none.

    The lines wait until all applications are read: only then is it known which document has their far nodes.
    """

    def __init__(self, path: Path, limits: ArchiveLimits, is_secured: Callable[[str], bool]) -> None:
        self._path = path
        self._limits = limits
        self._is_secured = is_secured
        self._resources = ExitStack()
        self._lines: IO[bytes] | None = None
        """Each line with the database id of its far node before it."""
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
                self._append(self._checked(format_reference(self._strip(each))), each.far)
            except ValueError as error:
                raise UnsupportedValueError(
                    f"A relationship of type {each.type!r} to application {each.application!r} cannot be carried: "
                    f"{error}."
                ) from error
            self._counts[each.application or ""] += 1

    def _checked(self, line: bytes) -> bytes:
        """Return a line that a reader takes, also with its far node. Raises: ValueError."""
        if (size := len(line) + _FAR_NODE_BYTES) > (limit := self._limits.token_bytes):
            raise ValueError(f"all of it takes {size} bytes; at most {limit} are allowed ({Setting.VALUE_BYTES})")
        return line

    def _strip(self, reference: ExternalReference) -> ExternalReference:
        secured = [key for key in reference.properties if self._is_secured(key)]
        if not secured:
            return reference
        self._stripped.update(secured)
        kept = {key: value for key, value in reference.properties.items() if key not in secured}
        return replace(reference, properties=kept)

    def _append(self, line: bytes, far: int | None = None) -> None:
        if self._lines is None:
            self._lines = self._resources.enter_context(open_spool(self._path))
        self._lines.write((_UNKNOWN if far is None else b"%d" % far) + b" " + line)

    def assemble(self, file: IO[bytes], name: str, far_nodes: FarNodes) -> WrittenReferences:
        """Write the entry at the file's end, where there is anything to write, then read it back. Raises: OSError."""
        if self._lines is None:
            return WrittenReferences()
        self._lines.seek(0)
        spool = SegmentSpool(self._resources.enter_context(open_spool(self._path)))
        for each in self._lines:
            spool.append(_complete(each, far_nodes))
            while spool.is_full:
                spool.store(spool.take())
        spool.store(spool.take())
        record = append_entry(file, name, spool.totals, spool.read_all())
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


def _complete(content: bytes, far_nodes: FarNodes) -> bytes:
    """Return the line of the archive: with its far node, where another document has that."""
    far, _, line = content.partition(b" ")
    found = None if far == _UNKNOWN else far_nodes(int(far))
    return line if found is None else with_far_node(line, *found)
