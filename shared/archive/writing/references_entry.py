"""Writes the entry that lists an application's references to others and its shared nodes."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial

from shared.archive.limits import ArchiveLimits, Setting
from shared.archive.reference_lines import format_reference, format_shared, with_far_node
from shared.archive.zip.records import EntryRecord
from shared.archive.zip.segments import StreamTotals
from shared.archive.zip.streamed_entry import StreamedEntry
from shared.concurrency.stoppable import in_thread
from shared.errors import UnsupportedValueError
from shared.ports.archive_sinks import ArchiveSink, Spool
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
    counts: Counter[str] = field(default_factory=Counter)
    """References by the far application."""
    shared_nodes: int = 0
    stripped: Counter[str] = field(default_factory=Counter)


class ReferencesWriter:
    """Takes shared nodes, then references; costs nothing where there are none.

    The lines wait until all applications are read: only then is it known which document has their far nodes.
    """

    def __init__(self, spool: Spool, limits: ArchiveLimits, is_secured: Callable[[str], bool]) -> None:
        """`spool` has the lines of the applications before."""
        self._spool = spool
        self._limits = limits
        self._is_secured = is_secured
        self._start: int | None = None
        """Where the lines begin in the spool; None: there are none."""
        self._stop = 0
        self._lines = bytearray()
        """On their way to the spool, each with the database id of its far node before it."""
        self._counts: Counter[str] = Counter()
        self._stripped: Counter[str] = Counter()
        self._shared_nodes = 0

    async def add_shared(self, ordinals: Sequence[int]) -> None:
        """Append nodes that other applications carry too."""
        self._shared_nodes += len(ordinals)
        for start in range(0, len(ordinals), _SHARED_PER_LINE):
            self._append(format_shared(ordinals[start : start + _SHARED_PER_LINE]))
        await self._flush()

    async def add_references(self, references: Sequence[ExternalReference]) -> None:
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
        await self._flush()

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
        self._lines += (_UNKNOWN if far is None else b"%d" % far) + b" " + line

    async def _flush(self) -> None:
        if not self._lines:
            return
        if self._start is None:
            self._start = self._spool.size
        lines, self._lines = bytes(self._lines), bytearray()
        await self._spool.append(lines)
        self._stop = self._spool.size

    async def assemble(self, sink: ArchiveSink, name: str, far_nodes: FarNodes) -> WrittenReferences:
        """Write the entry at the archive's end, where there is anything to write.

        Raises: DiskFullError, UnavailableError.
        """
        if self._start is None:
            return WrittenReferences()
        entry = StreamedEntry(sink, name, _take_all)
        try:
            async with aclosing(_whole_lines(self._spool.read(range(self._start, self._stop)))) as pieces:
                async for lines in pieces:
                    await entry.append(await in_thread(partial(_complete_all, lines, far_nodes)))
            record = await entry.finish()
        finally:
            await entry.close()
        return WrittenReferences(
            record=record, counts=self._counts, shared_nodes=self._shared_nodes, stripped=self._stripped
        )


def _take_all(totals: StreamTotals) -> None:
    """Leave it to the whole archive what is too much."""


async def _whole_lines(pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    rest = b""
    async with aclosing(pieces):
        async for piece in pieces:
            lines, newline, after = piece.rpartition(b"\n")
            if newline:
                yield rest + lines + newline
                rest = after
            else:
                rest += after
    if rest:
        yield rest


def _complete_all(lines: bytes, far_nodes: FarNodes) -> bytes:
    return b"".join(_complete(each, far_nodes) for each in io.BytesIO(lines))


def _complete(content: bytes, far_nodes: FarNodes) -> bytes:
    """Return the line of the archive: with its far node, where another document has that."""
    far, _, line = content.partition(b" ")
    found = None if far == _UNKNOWN else far_nodes(int(far))
    return line if found is None else with_far_node(line, *found)
