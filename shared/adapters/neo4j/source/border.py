"""Reads shared nodes and references to other applications."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from shared.adapters.neo4j.any_connection import AnyConnection
from shared.adapters.neo4j.connection import Row
from shared.adapters.neo4j.cypher.application import ApplicationStatements
from shared.adapters.neo4j.cypher.catalogue import ALL_RELATIONSHIPS
from shared.adapters.neo4j.source.application import require_types
from shared.catalogue import CatalogueEntry
from shared.node_keys import KeyForms
from shared.references import Direction, ExternalReference, hidden_reference

BLOCKS_PER_STATEMENT = 256
"""Blocks of ids that one statement streams; bounds the size of its parameters."""

_PATTERNS = {Direction.OUT: "-[r]->", Direction.IN: "<-[r]-"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BorderReader:
    """Looks from the nodes of one application at those of others."""

    connection: AnyConnection
    statements: ApplicationStatements
    label: str
    others: Mapping[str, CatalogueEntry]
    """The other applications, by scope label, sorted by name."""
    batch_size: int
    hidden_labels: Collection[str] = frozenset()
    """The scope labels of those of the others that nothing is told of."""
    hidden_names: Collection[str] = frozenset()
    """Their names."""

    async def read_shared_nodes(self) -> AsyncGenerator[Sequence[int], None]:
        """Stream the ids, ascending, of nodes that other applications carry too."""
        if not self.others:
            return
        parameters = {"label": self.label, "width": self.batch_size, "others": list(self.others)}
        async with aclosing(self.connection.stream(self.statements.shared_nodes, parameters)) as rows:
            async for _, ids in rows:
                yield sorted(ids)

    async def read_references(self, forms: KeyForms, *, inside: int) -> AsyncGenerator[list[ExternalReference], None]:
        """Stream the references, those that leave first, by node; `inside` relationships are known not to be any."""
        if (await self.connection.run(ALL_RELATIONSHIPS))[0][0] == inside:
            return
        ((starting, ending),) = await self.connection.run(self.statements.degree_sums, {"label": self.label})
        for direction, degrees in ((Direction.OUT, starting), (Direction.IN, ending)):
            if degrees != inside:
                async with aclosing(self._read_direction(direction, forms)) as batches:
                    async for references in batches:
                        yield references

    async def list_neighbours(self, direction: Direction) -> list[CatalogueEntry]:
        """List the applications that references in this direction reach."""
        statement = self.statements.neighbours(_PATTERNS[direction])
        rows = await self.connection.run(statement, {"label": self.label, "others": list(self.others)})
        reached = {row[0] for row in rows}
        return [entry for label, entry in self.others.items() if label in reached]

    async def _read_direction(
        self, direction: Direction, forms: KeyForms
    ) -> AsyncGenerator[list[ExternalReference], None]:
        keys = forms.properties
        statement = self.statements.references(_PATTERNS[direction])
        pending: list[ExternalReference] = []
        async with aclosing(
            self._stream(self.statements.blocks, statement, {"keys": keys, "others": list(self.others)})
        ) as rows:
            async for row in rows:
                pending.append(self._reference(direction, forms, keys, row))
                if len(pending) == self.batch_size:
                    yield pending
                    pending = []
        if pending:
            yield pending

    def _reference(self, direction: Direction, forms: KeyForms, keys: Sequence[str], row: Row) -> ExternalReference:
        node, type_name, properties, far_id, labels, values, entry_name = row
        require_types([type_name])
        is_entry = entry_name is not None
        carried = [] if is_entry else [label for label in self.others if label in labels]
        told = next((label for label in carried if label not in self.hidden_labels), None)
        if (carried and told is None) or any(name == entry_name for name in self.hidden_names):
            return hidden_reference(node, direction, far_id)
        far = None if told is None else self.others[told]
        return ExternalReference(
            node=node,
            direction=direction,
            type=type_name,
            properties=properties,
            application=None if far is None else far.name,
            version=None if far is None else far.version,
            key=None if is_entry else forms.find(labels, dict(zip(keys, values, strict=True))),
            far=far_id,
        )

    async def _stream(
        self, blocks_statement: str, statement: str, more: Mapping[str, Any]
    ) -> AsyncGenerator[Row, None]:
        parameters = {"label": self.label, "width": self.batch_size, **more}
        blocks = sorted(row[0] for row in await self.connection.run(blocks_statement, parameters))
        for start in range(0, len(blocks), BLOCKS_PER_STATEMENT):
            some = {**parameters, "blocks": blocks[start : start + BLOCKS_PER_STATEMENT]}
            async with aclosing(self.connection.stream(statement, some, record_bytes=None)) as rows:
                async for row in rows:
                    yield row
