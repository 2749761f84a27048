"""Databases to test the graph ports on: one in memory, real ones behind the same seeding calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from shared.adapters.neo4j.connection import Connection
from shared.adapters.neo4j.source.source import Neo4jSource
from shared.adapters.neo4j.target.target import Neo4jTarget
from shared.graph import PropertyValue
from shared.index_keys import RANGE, Index
from shared.node_keys import KeyForm
from shared.ports.graph_source import GraphSource
from shared.ports.graph_target import GraphTarget
from tests.support.memory.graph.data import MemoryDatabase
from tests.support.memory.graph.source import MemorySource
from tests.support.memory.graph.target import MemoryTarget

INSTALLATION = "tests"
LANES = 3
"""More than a batch of most tests has rows, so that lanes meet."""
REFERENCE_KEYS: dict[str, tuple[str, ...]] = {"Loose": ("code",)}
"""What settings say of nodes that no constraint tells apart."""

SHARED_LABELS = ("Technology",)
"""Labels that settings call shared."""


class SeededDatabase(Protocol):
    """A database that a test can fill and look into."""

    source: GraphSource
    target: GraphTarget

    async def add_node(self, labels: Sequence[str], properties: Mapping[str, PropertyValue] | None = None) -> int: ...

    async def add_relationship(
        self, start: int, end: int, type_name: str, properties: Mapping[str, PropertyValue] | None = None
    ) -> int: ...

    async def add_constraint(self, label: str, *properties: str) -> None:
        """Make these properties unique among the nodes of a label."""
        ...

    async def add_index(self, name: str, on: str, *properties: str) -> None:
        """Make a range index on the nodes of a label, or of relationships of a type, which `:` begins."""
        ...

    async def count_everything(self) -> tuple[int, int]:
        """Return how many nodes and relationships the database holds, of whatever kind."""
        ...


class SeededMemory:
    """The double."""

    def __init__(self, name: str = "memory") -> None:
        self.data = MemoryDatabase(name, reference_keys=REFERENCE_KEYS, shared_labels=SHARED_LABELS)
        self.source: GraphSource = MemorySource(self.data)
        self.target: GraphTarget = MemoryTarget(self.data)

    async def add_node(self, labels: Sequence[str], properties: Mapping[str, PropertyValue] | None = None) -> int:
        return self.data.add_node(labels, dict(properties or {}))

    async def add_relationship(
        self, start: int, end: int, type_name: str, properties: Mapping[str, PropertyValue] | None = None
    ) -> int:
        return self.data.add_relationship(start, end, type_name, dict(properties or {}))

    async def add_constraint(self, label: str, *properties: str) -> None:
        self.data.unique.append(KeyForm(label=label, properties=properties))

    async def add_index(self, name: str, on: str, *properties: str) -> None:
        entity = "RELATIONSHIP" if on.startswith(":") else "NODE"
        names = (on.removeprefix(":"),)
        index = Index(name=name, type=RANGE, entity=entity, labels_or_types=names, properties=properties)
        self.data.indexes.append(index)

    async def count_everything(self) -> tuple[int, int]:
        return len(self.data.nodes), len(self.data.relationships)


class SeededNeo4j:
    """A real server."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.source: GraphSource = Neo4jSource(connection, reference_keys=REFERENCE_KEYS)
        self.target: GraphTarget = Neo4jTarget(
            connection,
            installation=INSTALLATION,
            reference_keys=REFERENCE_KEYS,
            shared_labels=SHARED_LABELS,
            lanes=LANES,
        )

    async def add_node(self, labels: Sequence[str], properties: Mapping[str, PropertyValue] | None = None) -> int:
        parameters = {"labels": list(labels), "properties": dict(properties or {})}
        statement = "CREATE (n) SET n:$($labels) SET n = $properties RETURN id(n)"
        return int((await self.connection.run(statement, parameters))[0][0])

    async def add_relationship(
        self, start: int, end: int, type_name: str, properties: Mapping[str, PropertyValue] | None = None
    ) -> int:
        parameters = {"start": start, "end": end, "type": type_name, "properties": dict(properties or {})}
        statement = (
            "MATCH (n) WHERE id(n) = $start MATCH (m) WHERE id(m) = $end "
            "CREATE (n)-[r:$($type)]->(m) SET r = $properties RETURN id(r)"
        )
        return int((await self.connection.run(statement, parameters))[0][0])

    async def add_constraint(self, label: str, *properties: str) -> None:
        listed = ", ".join(f"n.`{name}`" for name in properties)
        await self.connection.run(f"CREATE CONSTRAINT FOR (n:`{label}`) REQUIRE ({listed}) IS UNIQUE")

    async def add_index(self, name: str, on: str, *properties: str) -> None:
        pattern = f"()-[n{on}]-()" if on.startswith(":") else f"(n:{on})"
        listed = ", ".join(f"n.`{name}`" for name in properties)
        await self.connection.run(f"CREATE INDEX {name} FOR {pattern} ON ({listed})")
        await self.connection.run("CALL db.awaitIndexes(60)")

    async def count_everything(self) -> tuple[int, int]:
        nodes = await self.connection.run("MATCH (n) RETURN count(n)")
        relationships = await self.connection.run("MATCH ()-[r]->() RETURN count(r)")
        return nodes[0][0], relationships[0][0]
