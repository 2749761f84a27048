"""Writes an archive's content into an import, then reads it back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from dataclasses import replace
from typing import TypeVar

from handlers.attempts.context import Context
from handlers.imports.joining import JoinedLooking
from handlers.imports.waiting import HolderWaiting
from shared.archive.digests.read_back import ReadBack
from shared.archive.manifest import ApplicationManifest
from shared.archive.reading.reader import ArchiveReader
from shared.concurrency.lanes import in_lanes
from shared.errors import VerificationError
from shared.graph import NodeRow, RelationshipRow
from shared.jobs.record import Phase, Progress
from shared.joining.placed import Placed, place, shift_nodes
from shared.packing.elements import PackedElements
from shared.ports.graph_target import GraphImport

_Row = TypeVar("_Row", NodeRow, RelationshipRow)


class ImportWriting:
    """One pass over an archive; what is recorded as written is not written again."""

    def __init__(self, opened: GraphImport, waiting: HolderWaiting, context: Context, *, batch_size: int) -> None:
        self._opened = opened
        self._waiting = waiting
        self._context = context
        self._batch_size = batch_size
        self._heavy_turn = asyncio.Lock()
        self.progress = Progress()

    async def write(self, reader: ArchiveReader, chosen: Sequence[ApplicationManifest]) -> None:
        """Write all applications: nodes first, because relationships find their ends by them.

        Raises: GiveWay; as the ports and advance.
        """
        self.progress = Progress(
            phase=Phase.NODES,
            nodes_total=sum(each.nodes for each in chosen),
            relationships_total=sum(each.relationships for each in chosen),
        )
        await self._advance(Phase.NODES)
        for placed in place(chosen):
            await self._write_nodes(reader, placed)
        await self._advance(Phase.RELATIONSHIPS)
        for placed in place(chosen):
            await self._write_relationships(reader, placed)

    async def verify(
        self,
        reader: ArchiveReader,
        chosen: Sequence[ApplicationManifest],
        digests: Mapping[str, str],
        looking: JoinedLooking,
    ) -> None:
        """Read everything back. Joined nodes are taken from the archive instead; `looking` compares those.

        Raises: VerificationError unless each application has the digest of its entry; NodeDiffersError.
        """
        await self._advance(Phase.VERIFYING)
        for placed in place(chosen):
            digest = (await self._read_back(placed)).digest
            await looking.add(reader, placed.application, placed.first_node, digest)
            found, expected = digest.hexdigest(), digests[placed.application.entry]
            if found != expected:
                raise VerificationError(
                    f"What the database now holds of {placed.application.name!r} has the digest {found}, "
                    f"the archive {expected}; the import is undone."
                )

    async def _read_back(self, placed: Placed) -> ReadBack:
        """Read in lanes: the digest is the same for every order of its batches."""
        first = placed.first_node
        back, spans = ReadBack(self._context.limits, first=first), self._context.lease.spans
        ordinals = range(first, first + placed.application.nodes)

        async def read_nodes(part: range) -> None:
            async with aclosing(self._opened.read_nodes(part, batch_size=self._batch_size)) as batches:
                async for rows in batches:
                    back.add_nodes(rows)
                    spans.read(len(rows))
                    await self._advance(Phase.VERIFYING)

        async def read_relationships(part: range) -> None:
            async with aclosing(self._opened.read_relationships(part, batch_size=self._batch_size)) as batches:
                async for rows in batches:
                    back.add_relationships(rows)
                    spans.read(len(rows))
                    await self._advance(Phase.VERIFYING)

        for read in (read_nodes, read_relationships):
            await in_lanes(_parts(ordinals, self._batch_size), read, lanes=self._opened.lanes)
        return back

    async def _write_nodes(self, reader: ArchiveReader, placed: Placed) -> None:
        async def report(count: int) -> None:
            self.progress = replace(self.progress, nodes_done=self.progress.nodes_done + count)
            await self._advance(Phase.NODES)

        read = reader.read_nodes(placed.application, batch_size=self._batch_size, wire=self._opened.wire)
        batches = _numbered(read, placed.first_node, lambda rows: shift_nodes(rows, placed.first_node))
        await self._write_missing(batches, await self._opened.nodes_written(), self._write_when_free, report)

    async def _write_when_free(self, first: int, rows: Sequence[NodeRow]) -> None:
        await self._waiting.repeat(lambda: self._opened.write_nodes(first, rows))

    async def _write_relationships(self, reader: ArchiveReader, placed: Placed) -> None:
        async def report(count: int) -> None:
            self.progress = replace(self.progress, relationships_done=self.progress.relationships_done + count)
            await self._advance(Phase.RELATIONSHIPS)

        read = reader.read_relationships(placed.application, batch_size=self._batch_size, wire=self._opened.wire)
        batches = _numbered(read, placed.first_relationship, lambda rows: _shift_ends(rows, placed.first_node))
        written = await self._opened.relationships_written()
        await self._write_missing(batches, written, self._opened.write_relationships, report)

    async def _write_missing(
        self,
        batches: AsyncIterator[tuple[int, Sequence[_Row]]],
        written: Sequence[range],
        write: Callable[[int, Sequence[_Row]], Awaitable[None]],
        report: Callable[[int], Awaitable[None]],
    ) -> None:
        """Write in lanes what no record covers."""

        async def write_batch(batch: tuple[int, Sequence[_Row]]) -> None:
            first, rows = batch
            async with self._turn_of(rows):
                for part in missing(range(first, first + len(rows)), written):
                    with self._context.lease.spans.write(len(part)):
                        await write(part.start, rows[part.start - first : part.stop - first])
            await report(len(rows))

        await in_lanes(batches, write_batch, lanes=self._opened.lanes)

    def _turn_of(self, rows: Sequence[_Row]) -> AbstractAsyncContextManager[None]:
        """Let batches that are short because of their bytes be sent one after the other: sending takes copies."""
        return self._heavy_turn if len(rows) < self._batch_size else nullcontext()

    async def _advance(self, phase: Phase) -> None:
        self.progress = replace(self.progress, phase=phase)
        await self._context.advance(self.progress)


def missing(wanted: range, written: Sequence[range]) -> Iterator[range]:
    """Give the parts of a range of ordinals that no recorded range covers; recorded ranges come in order."""
    start = wanted.start
    for each in written:
        if each.stop <= start or each.start >= wanted.stop:
            continue
        if each.start > start:
            yield range(start, each.start)
        start = each.stop
    if start < wanted.stop:
        yield range(start, wanted.stop)


async def _numbered(
    batches: AsyncIterator[Sequence[_Row]], first: int, shift: Callable[[Sequence[_Row]], Sequence[_Row]]
) -> AsyncIterator[tuple[int, Sequence[_Row]]]:
    """Give each batch with the ordinal of its first row."""
    async for rows in batches:
        yield first, shift(rows)
        first += len(rows)


def _parts(whole: range, size: int) -> Iterator[range]:
    for first in whole[::size]:
        yield range(first, min(first + size, whole.stop))


def _shift_ends(rows: Sequence[RelationshipRow], by: int) -> Sequence[RelationshipRow]:
    if by == 0:
        return rows
    if isinstance(rows, PackedElements):
        return rows.shifted(by)
    return [(row[0], row[1] + by, row[2] + by, row[3], row[4]) for row in rows]
