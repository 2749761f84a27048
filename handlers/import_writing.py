"""Writes an archive's content into an import, then reads it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import accumulate

from handlers.context import Context
from shared.archive.digest import OrdinalDigest
from shared.archive.manifest import ApplicationManifest
from shared.archive.reader import ArchiveReader
from shared.errors import VerificationError
from shared.graph import NodeRow, RelationshipRow
from shared.jobs import Phase, Progress
from shared.ports import GraphImport


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """An application of the archive with the ordinals that it begins at within the import."""

    application: ApplicationManifest
    first_node: int
    first_relationship: int


def _place(chosen: Sequence[ApplicationManifest]) -> list[_Placed]:
    nodes = accumulate((each.nodes for each in chosen), initial=0)
    relationships = accumulate((each.relationships for each in chosen), initial=0)
    return [
        _Placed(application=each, first_node=first_node, first_relationship=first_relationship)
        for each, first_node, first_relationship in zip(chosen, nodes, relationships, strict=False)
    ]


class ImportWriting:
    """One pass over an archive; what is recorded as written is not written again."""

    def __init__(self, opened: GraphImport, context: Context, *, batch_size: int) -> None:
        self._opened = opened
        self._context = context
        self._batch_size = batch_size
        self.progress = Progress()

    async def write(self, reader: ArchiveReader, chosen: Sequence[ApplicationManifest]) -> None:
        """Write all applications: nodes first, because relationships find their ends by them.

        Raises: as the ports and advance.
        """
        self.progress = Progress(
            phase=Phase.NODES,
            nodes_total=sum(each.nodes for each in chosen),
            relationships_total=sum(each.relationships for each in chosen),
        )
        for placed in _place(chosen):
            await self._write_nodes(reader, placed)
        for placed in _place(chosen):
            await self._write_relationships(reader, placed)

    async def verify(self, chosen: Sequence[ApplicationManifest], digests: Mapping[str, str]) -> None:
        """Read everything back. Raises: VerificationError unless each application has the digest of its entry."""
        await self._advance(Phase.VERIFYING)
        for placed in _place(chosen):
            found, expected = await self._read_digest(placed), digests[placed.application.entry]
            if found != expected:
                raise VerificationError(
                    f"What the database now holds of {placed.application.name!r} has the digest {found}, "
                    f"the archive {expected}; the import is undone."
                )

    async def _read_digest(self, placed: _Placed) -> str:
        digest, first = OrdinalDigest(), placed.first_node
        ordinals = range(first, first + placed.application.nodes)
        async with aclosing(self._opened.read_nodes(ordinals, batch_size=self._batch_size)) as node_batches:
            async for nodes in node_batches:
                digest.add_nodes(_shift_nodes(nodes, -first))
                await self._advance(Phase.VERIFYING)
        relationships = self._opened.read_relationships(ordinals, batch_size=self._batch_size)
        async with aclosing(relationships) as relationship_batches:
            async for rows in relationship_batches:
                digest.add_relationships(_shift_ends(rows, -first))
                await self._advance(Phase.VERIFYING)
        return digest.hexdigest()

    async def _write_nodes(self, reader: ArchiveReader, placed: _Placed) -> None:
        written = await self._opened.nodes_written()
        start = placed.first_node
        async for batch in reader.read_nodes(placed.application, batch_size=self._batch_size):
            rows = _shift_nodes(batch, placed.first_node)
            for part in missing(range(start, start + len(rows)), written):
                await self._opened.write_nodes(part.start, rows[part.start - start : part.stop - start])
            start += len(rows)
            self.progress = replace(self.progress, nodes_done=start)
            await self._advance(Phase.NODES)

    async def _write_relationships(self, reader: ArchiveReader, placed: _Placed) -> None:
        written = await self._opened.relationships_written()
        start = placed.first_relationship
        async for batch in reader.read_relationships(placed.application, batch_size=self._batch_size):
            rows = _shift_ends(batch, placed.first_node)
            for part in missing(range(start, start + len(rows)), written):
                await self._opened.write_relationships(part.start, rows[part.start - start : part.stop - start])
            start += len(rows)
            self.progress = replace(self.progress, relationships_done=start)
            await self._advance(Phase.RELATIONSHIPS)

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


def _shift_nodes(rows: Sequence[NodeRow], by: int) -> Sequence[NodeRow]:
    return rows if by == 0 else [(row[0] + by, row[1], row[2]) for row in rows]


def _shift_ends(rows: Sequence[RelationshipRow], by: int) -> Sequence[RelationshipRow]:
    return rows if by == 0 else [(row[0], row[1] + by, row[2] + by, row[3], row[4]) for row in rows]
