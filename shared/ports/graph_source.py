"""The port that reads an application of one database."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from shared.catalogue import CatalogueEntry
from shared.damaged_entries import DamagedEntry
from shared.graph import GraphCounts, GraphSample, GraphShapes, NodeRow, RelationshipRow, SchemaEntry
from shared.references import Direction, ExternalReference

MOST_COUNTED: Final = 50
"""Applications that are counted by one statement: a server plans it anew for each set of labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterMember:
    """A server of a cluster, as the cluster tells of it."""

    address: str
    """Host and port, as every process of ours must reach it."""
    leads: bool
    """Whether it takes writes."""
    reads: bool
    """Whether it serves those who only read."""
    exports: bool
    """Whether exports read from it, as settings say."""


class GraphSource(Protocol):
    """Reads one database. Nothing is ever written through it."""

    database: str
    """The name that settings give it."""

    def for_job(self) -> GraphSource:
        """Give the same database for what one job reads: it outlasts changes of a cluster's leader, for a while.

        Whichever members answer, each reading sees what those before it saw.
        """
        ...

    async def list_applications(self) -> Sequence[CatalogueEntry]:
        """List the catalogue, sorted by name and version."""
        ...

    async def list_damaged(self) -> Sequence[DamagedEntry]:
        """List what looks like an entry of the catalogue and cannot be one; it stands for no application."""
        ...

    async def read_catalogue(self) -> tuple[Sequence[CatalogueEntry], Sequence[DamagedEntry]]:
        """List what list_applications and list_damaged do, by one look at the catalogue."""
        ...

    async def get_application(self, name: str, version: str | None = None) -> CatalogueEntry:
        """Find an application by its catalogue node, else by its bare label. Raises: UnknownApplicationError."""
        ...

    async def find_bare_labels(self, names: Collection[str]) -> Sequence[CatalogueEntry]:
        """Choose the names that are labels of nodes and neither name nor label of an entry of the catalogue, sorted."""
        ...

    async def overlaps(self, label: str, others: Collection[str]) -> bool:
        """Whether any node with the label has one of the others too, or is being imported."""
        ...

    async def engine_version(self) -> str:
        """Return the server's version, such as `2026.08.1`."""
        ...

    async def read_database_id(self) -> str:
        """Return what the server itself tells the database by, among all of all servers: names do not change it."""
        ...

    async def find_write_refusal(self) -> str | None:
        """Tell why the database takes no writes; None: it takes them."""
        ...

    async def list_members(self) -> Sequence[ClusterMember]:
        """List the members of its cluster that have it, sorted by address; none where settings name one server."""
        ...

    async def count(self, label: str) -> GraphCounts:
        """Count the application's nodes and the relationships with both ends among them."""
        ...

    async def count_nodes(self, label: str) -> int:
        """Count the application's nodes, which costs next to nothing."""
        ...

    async def count_nodes_of_each(self, labels: Sequence[str]) -> Sequence[int]:
        """Count the nodes of several applications, at most MOST_COUNTED, in a fixed number of round trips."""
        ...

    async def count_relationships_of_each(self, labels: Sequence[str]) -> Sequence[int]:
        """Count likewise the relationships with both ends inside each, which takes time by their number."""
        ...

    async def sample(self, label: str, *, limit: int) -> GraphSample:
        """Count the application, and read a random sample of at most `limit` nodes and as many relationships."""
        ...

    async def read_shapes(self, label: str, *, limit: int) -> GraphShapes:
        """Count the application, and describe its elements from a random sample of at most `limit` of each kind."""
        ...

    async def read_change_mark(self) -> str:
        """Return a text that is equal to an earlier one only if nothing was committed to the database in between."""
        ...

    async def read_schema(self) -> Sequence[SchemaEntry]:
        """List the database's indexes and constraints by name; an index that a constraint owns is left out."""
        ...

    def read_nodes(self, label: str, *, batch_size: int) -> AsyncGenerator[Sequence[NodeRow], None]:
        """Stream the nodes in ascending id order, at most batch_size rows at a time.

        They come without their scope label, and without those of other applications that share them.
        Raises: SourceChangedError for a node that leaves the application, or is deleted, while it is read.
        """
        ...

    def read_relationships(self, label: str, *, batch_size: int) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        """Stream the relationships with both ends in the application, by ascending start node, then id.

        Raises: SourceChangedError for one that is deleted while it is read.
        """
        ...

    def read_shared_nodes(self, label: str, *, batch_size: int) -> AsyncGenerator[Sequence[int], None]:
        """Stream the ids, ascending, of the application's nodes that other applications carry too."""
        ...

    def read_references(
        self, label: str, *, inside: int, batch_size: int, hidden: Collection[CatalogueEntry] = ()
    ) -> AsyncGenerator[Sequence[ExternalReference], None]:
        """Stream the relationships between the application and other nodes; `inside` counts those within it.

        What lies within another application, because that shares the node, is none of them. Far nodes of `hidden`
        applications, and their catalogue entries, are told without name and key, unless another application has them.
        Raises: SourceChangedError for one that is deleted while it is read.
        """
        ...

    async def list_neighbours(self, label: str, direction: Direction) -> Sequence[CatalogueEntry]:
        """List the other applications, by name and version, that references in this direction reach."""
        ...
