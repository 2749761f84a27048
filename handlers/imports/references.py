"""Connects imported applications with those of the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import accumulate

from handlers.attempts.context import Context
from handlers.imports.destinations import Destinations
from shared.archive.manifest import ApplicationManifest
from shared.archive.reading.reader import ArchiveReader
from shared.archive.values.typed_json import typed
from shared.jobs.record import Phase
from shared.jobs.summaries import PendingReference, ReferencedKey, ReferencesReport
from shared.ports.graph_target import GraphImport
from shared.references import ExternalReference

LISTED = 100
"""Pending references that a summary lists; it counts them all."""


class ReferenceConnecting:
    """One pass over the references of an archive."""

    def __init__(self, opened: GraphImport, context: Context, *, batch_size: int) -> None:
        self._opened = opened
        self._context = context
        self._batch_size = batch_size
        self._connected = 0
        self._pending: list[ExternalReference] = []
        self._pending_count = 0

    async def connect(
        self, reader: ArchiveReader, chosen: Sequence[ApplicationManifest], destinations: Destinations
    ) -> ReferencesReport:
        """Note every reference whose far end is there; say how many, and which are not.

        Raises: as the ports and advance.
        """
        first, first_nodes = 0, list(accumulate((each.nodes for each in chosen[:-1]), initial=0))
        documents = {each.entry: start for each, start in zip(chosen, first_nodes, strict=True)}
        for application, first_node in zip(chosen, first_nodes, strict=True):
            batches = reader.read_references(application, batch_size=self._batch_size)
            async with aclosing(batches):
                async for batch in batches:
                    placed = [_place(destinations.place(each), first_node, documents) for each in batch]
                    await self._connect(first, placed)
                    first += len(batch)
        return self._report()

    async def _connect(self, first: int, references: Sequence[ExternalReference]) -> None:
        pending = await self._opened.connect(first, references)
        self._connected += len(references) - len(pending)
        self._pending_count += len(pending)
        self._pending += pending[: LISTED - len(self._pending)]
        await self._context.advance(replace(self._context.lease.progress, phase=Phase.VERIFYING))

    def _report(self) -> ReferencesReport:
        listed = tuple(_describe(each) for each in self._pending)
        return ReferencesReport(connected=self._connected, pending=self._pending_count, listed=listed)


def _place(reference: ExternalReference, first_node: int, documents: Mapping[str, int]) -> ExternalReference:
    """Count nodes through the import; a far node whose document is not imported is looked up by its key."""
    first_far = documents.get(reference.entry or "")
    far = None if first_far is None or reference.far is None else reference.far + first_far
    return replace(reference, node=reference.node + first_node, far=far)


def _describe(reference: ExternalReference) -> PendingReference:
    key = reference.key
    return PendingReference(
        application=reference.application,
        version=reference.version,
        direction=reference.direction,
        type=reference.type,
        key=None if key is None else ReferencedKey(label=key.label, properties=typed(key.properties)),
    )
