"""The graph in flight: rows of nodes or of relationships, with every Neo4j value type held without loss.

Temporal values are kept as they travel over Bolt (epoch numbers, offset in seconds, zone name), because Python's
and the driver's own classes lose offset seconds, years outside 1 to 9999 or unknown zones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Date:
    """A day without zone. Source: Bolt structure D."""

    days: int
    """Days since 1970-01-01; negative before."""


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A time of day without zone. Source: Bolt structure t."""

    nanoseconds: int
    """Nanoseconds since midnight."""


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day with an offset. Source: Bolt structure T."""

    nanoseconds: int
    """Nanoseconds since midnight, local."""
    offset_seconds: int


@dataclass(frozen=True, slots=True)
class LocalDateTime:
    """A point of a calendar without zone. Source: Bolt structure d."""

    seconds: int
    """Seconds since 1970-01-01T00:00:00, local."""
    nanoseconds: int


@dataclass(frozen=True, slots=True)
class OffsetDateTime:
    """An instant with an offset from UTC. Source: Bolt structure I."""

    seconds: int
    """Seconds since the epoch, UTC."""
    nanoseconds: int
    offset_seconds: int


@dataclass(frozen=True, slots=True)
class ZonedDateTime:
    """An instant with a zone's name. Source: Bolt structure i."""

    seconds: int
    """Seconds since the epoch, UTC."""
    nanoseconds: int
    zone: str
    """An IANA zone, not checked here: the server's list may be newer than ours."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration in its four independent parts. Source: Bolt structure E."""

    months: int
    days: int
    seconds: int
    nanoseconds: int


@dataclass(frozen=True, slots=True)
class Point:
    """A point of two or three dimensions. Source: Bolt structures X, Y."""

    srid: int
    """4326 (WGS-84), 4979 (WGS-84 3D), 7203 (cartesian), 9157 (cartesian 3D)."""
    coordinates: tuple[float, ...]
    """x, y and, in three dimensions, z (longitude, latitude, height)."""


Scalar: TypeAlias = (
    bool
    | int
    | float
    | str
    | bytes
    | Date
    | LocalTime
    | Time
    | LocalDateTime
    | OffsetDateTime
    | ZonedDateTime
    | Duration
    | Point
)
PropertyValue: TypeAlias = Scalar | list[Scalar]
"""What Neo4j stores: a scalar, or a list of scalars of one type (the list may be empty)."""

Properties: TypeAlias = Mapping[str, PropertyValue]

NodeRow: TypeAlias = tuple[int, Sequence[str], Properties]
"""A node: its id, its labels in any order without the scope label, its properties.

The id is the database's in rows from a source, the ordinal
(0 to N-1) in rows from an archive. Adapters may deliver lists of the same shape."""

RelationshipRow: TypeAlias = tuple[int, int, int, str, Properties]
"""A relationship: its id, the ids of its start and end node (as in NodeRow), its type, its properties."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCounts:
    """How many elements an application has."""

    nodes: int
    relationships: int

    @property
    def elements(self) -> int:
        """Nodes and relationships together."""
        return self.nodes + self.relationships


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSample:
    """Some elements of an application, from all over it."""

    counts: GraphCounts
    """Of the whole application."""
    nodes: Sequence[NodeRow]
    relationships: Sequence[RelationshipRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeShape:
    """Nodes that look alike."""

    labels: frozenset[str]
    """Without scope labels."""
    keys: Mapping[str, str]
    """Property keys, each with the server's name for the type of its values, such as `LIST<INTEGER>`."""
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationshipShape:
    """Relationships that look alike, between nodes that do."""

    type: str
    start_labels: frozenset[str]
    end_labels: frozenset[str]
    keys: Mapping[str, str]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphShapes:
    """What the elements of an application, or of a sample of it, look like."""

    counts: GraphCounts
    """Of the whole application."""
    nodes: Sequence[NodeShape]
    relationships: Sequence[RelationshipShape]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaEntry:
    """An index or a constraint of the source that concerns the application's labels or types."""

    kind: str
    """`index` or `constraint`."""
    name: str
    type: str
    """The server's word: RANGE, TEXT, UNIQUENESS, …"""
    entity: str
    """`NODE` or `RELATIONSHIP`."""
    labels_or_types: tuple[str, ...]
    properties: tuple[str, ...]
