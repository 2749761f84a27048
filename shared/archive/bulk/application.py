"""Writes one application's CSV files while the graph streams in."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar

from shared.archive.bulk.ids import BulkIds
from shared.archive.bulk.rows import BulkRenderer
from shared.archive.bulk.tables import BulkTables, TableSort
from shared.archive.canonical.renderer import Renderer
from shared.archive.canonical.tally import Tally, own_schema
from shared.archive.digests.digest import GraphDigest
from shared.archive.graphml.keys import Sort
from shared.archive.limits import ArchiveLimits
from shared.catalogue import CATALOGUE_LABEL, CatalogueEntry
from shared.graph import NodeRow, Properties, RelationshipRow, SchemaEntry
from shared.references import ExternalReference

_Row = TypeVar("_Row")

_SLICE: Final = 500
"""Rows rendered before the event loop gets a turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkFacts:
    """What the source held, for the job's summary: CSV may carry less of it, shared nodes are written once."""

    name: str
    version: str | None
    folder: str
    """The database, as settings of the exporter name it."""
    service_id: str
    version_id: str
    nodes: int
    relationships: int
    digest: str
    """As an archive's manifest gives it."""


class BulkApplication:
    """One application of an export: nodes first, then relationships, then `finish`."""

    def __init__(
        self,
        *,
        folder: str,
        entry: CatalogueEntry,
        schema: Sequence[SchemaEntry],
        ids: BulkIds,
        tables: BulkTables,
        limits: ArchiveLimits,
        is_secured: Callable[[str], bool],
        tells_all: bool,
        store: Callable[[], Awaitable[None]],
    ) -> None:
        self.entry = entry
        self._schema = schema
        self._tells_all = tells_all
        self.rows = BulkRenderer(is_secured)
        self._folder = folder
        self._ids = ids
        self._tables = tables
        self._store = store
        self._nodes = Renderer(Sort.NODE, limits, is_secured=is_secured)
        self._relationships = Renderer(Sort.EDGE, limits, is_secured=is_secured)
        self._digest = GraphDigest(limits)
        self._tally = Tally()
        self.references: Counter[str] = Counter()
        """Relationships that leave the application, by the other one's name; CSV does not carry them."""
        self.others = 0
        """More of them, to applications of which nothing may be told."""
        catalogue_row = self.rows.catalogue_node(
            ids.begin_application(entry.database), CATALOGUE_LABEL, _catalogue_properties(entry)
        )
        tables.append(folder, TableSort.CATALOGUE, catalogue_row)

    async def write_nodes(self, rows: Sequence[NodeRow]) -> None:
        """Append nodes. Raises: SourceChangedError, UnsupportedValueError, DiskFullError, TooLargeError."""
        async for part in self._slices(rows):
            ordinals, ids = self._ids.append([row[0] for row in part])
            rendered = self._nodes.render_nodes(part)
            self._tally.add(rendered.layouts)
            self._digest.add_node_bodies(ordinals, rendered.encoded)
            for node_id, row in zip(ids, part, strict=True):
                if node_id is not None:
                    line = self.rows.node(node_id, row, scope_label=self.entry.label)
                    self._tables.append(self._folder, TableSort.NODES, line)

    async def write_relationships(self, rows: Sequence[RelationshipRow]) -> None:
        """Append relationships between nodes written before. Raises: as write_nodes."""
        async for part in self._slices(rows):
            ordinals, ids = self._ids.ends([(row[1], row[2]) for row in part])
            rendered = self._relationships.render_relationships(part)
            self._tally.add(rendered.layouts)
            starts, ends = [start for start, _ in ordinals], [end for _, end in ordinals]
            self._digest.add_relationship_bodies(starts, ends, rendered.encoded)
            for end_ids, row in zip(ids, part, strict=True):
                if end_ids is not None:
                    line = self.rows.relationship(end_ids, row)
                    self._tables.append(self._folder, TableSort.RELATIONSHIPS, line)

    async def write_shared_nodes(self, ids: Sequence[int]) -> None:
        """Pass them over: each node that several exported applications share is written once anyway."""

    async def write_references(self, references: Sequence[ExternalReference]) -> None:
        """Count what is left out."""
        self.references.update(each.application or "" for each in references)

    def note_others(self, count: int) -> None:
        """Note how many more are left out, to applications of which nothing may be told."""
        self.others = count

    @property
    def schema(self) -> Sequence[SchemaEntry]:
        """The indexes and constraints of the source, as far as they may be told."""
        return self._schema if self._tells_all else own_schema(self._schema, self.entry.label, self._tally)

    async def finish(self) -> BulkFacts:
        """Say what was read."""
        return self.facts

    @property
    def facts(self) -> BulkFacts:
        """What was read so far."""
        return BulkFacts(
            name=self.entry.name,
            version=self.entry.version,
            folder=self.entry.database,
            service_id=self.entry.service_id,
            version_id=self.entry.version_id,
            nodes=self._tally.nodes,
            relationships=self._tally.relationships,
            digest=self._digest.hexdigest(),
        )

    @property
    def stripped(self) -> dict[str, int]:
        """Secured values left out, by property key."""
        return self._tally.stripped

    async def _slices(self, rows: Sequence[_Row]) -> AsyncIterator[Sequence[_Row]]:
        remaining = iter(rows)
        while part := list(islice(remaining, _SLICE)):
            yield part
            await self._store()

    def close(self) -> None:
        """Give the space of the node hashes back."""
        self._digest.close()


def _catalogue_properties(entry: CatalogueEntry) -> Properties:
    """Return what an import would write."""
    version = {} if entry.version is None else {"Version": entry.version}
    return {**entry.properties, **version, "Name": entry.name, "Label": entry.label, "Kind": entry.kind}
