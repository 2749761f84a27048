"""Compares an application of an archive with the one that the target holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass, field, replace
from typing import TypeVar

from handlers.attempts.context import Context
from handlers.exports.numbering import number_ends, number_nodes
from shared.archive.digests.difference import COMPARED_ELEMENTS, Counting, Difference, differing
from shared.archive.digests.digest import GraphDigest
from shared.archive.manifest import ApplicationManifest
from shared.archive.reading.reader import ArchiveReader
from shared.catalogue import CatalogueEntry
from shared.graph import GraphCounts, NodeRow, RelationshipRow
from shared.jobs.summaries import DifferenceReport
from shared.node_keys import KeyForms
from shared.packing.ordinals import OrdinalIndex
from shared.ports.graph_source import GraphSource

_Batch = TypeVar("_Batch")


@dataclass(slots=True, kw_only=True)
class _Target:
    """What was read of the application that the target holds."""

    digest: str = ""
    labels: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)


class Comparing:
    """One comparison; nothing is written."""

    def __init__(self, source: GraphSource, context: Context, *, batch_size: int) -> None:
        self._source = source
        self._context = context
        self._batch_size = batch_size

    async def compare(
        self, reader: ArchiveReader, application: ApplicationManifest, entry: CatalogueEntry
    ) -> DifferenceReport:
        """Say how an import would change the application. Raises: SourceChangedError; as the ports, advance."""
        counts = await self._source.count(entry.label)
        difference = Difference(
            KeyForms.of(await self._source.read_schema(), self._context.reference_keys), self._context.limits
        )
        is_small = max(counts.elements, application.nodes + application.relationships) <= COMPARED_ELEMENTS
        with difference.counting() as counting:
            target = await self._read_target(entry, counting if is_small else None)
        report = _overview(application, counts, target)
        if report.equal or not is_small:
            return report
        await difference.find_added(
            self._advancing(reader.read_nodes(application, batch_size=self._batch_size)),
            self._advancing(reader.read_relationships(application, batch_size=self._batch_size)),
        )
        index = OrdinalIndex()
        await difference.find_removed(
            self._node_batches(entry.label, index), self._relationship_batches(entry.label, index)
        )
        return replace(report, elements=difference.report())

    async def _read_target(self, entry: CatalogueEntry, counting: Counting | None) -> _Target:
        target, index = _Target(), OrdinalIndex()
        with closing(GraphDigest(self._context.limits)) as digest:
            async for node_rows in self._node_batches(entry.label, index):
                digest.add_nodes(node_rows)
                target.labels.update(label for row in node_rows for label in row[1])
                if counting is not None:
                    counting.add_nodes(node_rows)
            async for rows in self._relationship_batches(entry.label, index):
                digest.add_relationships(rows)
                target.types.update(row[3] for row in rows)
                if counting is not None:
                    counting.add_relationships(rows)
            target.digest = digest.hexdigest()
        return target

    async def _node_batches(self, label: str, index: OrdinalIndex) -> AsyncIterator[Sequence[NodeRow]]:
        async with aclosing(self._source.read_nodes(label, batch_size=self._batch_size)) as batches:
            async for rows in self._advancing(batches):
                yield number_nodes(rows, index)

    async def _relationship_batches(self, label: str, index: OrdinalIndex) -> AsyncIterator[Sequence[RelationshipRow]]:
        async with aclosing(self._source.read_relationships(label, batch_size=self._batch_size)) as batches:
            async for rows in self._advancing(batches):
                yield number_ends(rows, index)

    async def _advancing(self, batches: AsyncIterable[_Batch]) -> AsyncIterator[_Batch]:
        """Let the job be stopped after each batch."""
        async for batch in batches:
            yield batch
            await self._context.advance(self._context.lease.progress)


def _overview(application: ApplicationManifest, counts: GraphCounts, target: _Target) -> DifferenceReport:
    return DifferenceReport(
        equal=target.digest == application.digest,
        digest={"archive": application.digest, "target": target.digest},
        nodes={"archive": application.nodes, "target": counts.nodes},
        relationships={"archive": application.relationships, "target": counts.relationships},
        labels=differing({"archive": application.labels, "target": target.labels}),
        types=differing({"archive": application.types, "target": target.types}),
        elements=None,
    )
