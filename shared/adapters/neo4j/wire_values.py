"""Property values as they travel over Bolt, held in our own lossless classes.

The driver's classes lose offset seconds, cannot hold years outside 1 to 9999, raise on zones that this machine does not
know, and give the offset Z back as a zone. The wire itself loses nothing, so its structures are taken as they are.
Source of tags and fields: the Bolt protocol's structure semantics, versions 5.0 to 6.0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from neo4j._codec.hydration import DehydrationHooks
from neo4j._codec.packstream import Structure

from shared.graph import (
    Date,
    Duration,
    LocalDateTime,
    LocalTime,
    OffsetDateTime,
    Point,
    Time,
    ZonedDateTime,
)


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A value of a type that we do not carry; whoever meets it refuses it, naming its place."""

    tag: str


_READERS: dict[bytes, Callable[..., Any]] = {
    b"D": Date,
    b"t": LocalTime,
    b"T": Time,
    b"d": LocalDateTime,
    b"I": OffsetDateTime,
    b"i": ZonedDateTime,
    b"E": Duration,
    b"X": lambda srid, *coordinates: Point(srid, coordinates),
    b"Y": lambda srid, *coordinates: Point(srid, coordinates),
}


def read_structure(structure: Structure) -> Any:
    """Turn a structure of the wire into a value of shared.graph."""
    reader = _READERS.get(structure.tag)
    return UnknownValue(repr(structure.tag)) if reader is None else reader(*structure.fields)


def _point_structure(point: Point) -> Structure:
    return Structure(b"X" if len(point.coordinates) == 2 else b"Y", point.srid, *point.coordinates)


_WRITERS: dict[type, Callable[[Any], Structure]] = {
    Date: lambda value: Structure(b"D", value.days),
    LocalTime: lambda value: Structure(b"t", value.nanoseconds),
    Time: lambda value: Structure(b"T", value.nanoseconds, value.offset_seconds),
    LocalDateTime: lambda value: Structure(b"d", value.seconds, value.nanoseconds),
    OffsetDateTime: lambda value: Structure(b"I", value.seconds, value.nanoseconds, value.offset_seconds),
    ZonedDateTime: lambda value: Structure(b"i", value.seconds, value.nanoseconds, value.zone),
    Duration: lambda value: Structure(b"E", value.months, value.days, value.seconds, value.nanoseconds),
    Point: _point_structure,
}


class WireScope:
    """What the driver asks how to read and write structures; lists and maps pass without a look."""

    def __init__(self) -> None:
        self.hydration_hooks = {Structure: read_structure}
        self.dehydration_hooks = DehydrationHooks(exact_values={}, exact_types=dict(_WRITERS), subtypes={})

    def get_graph(self) -> None:
        """Return nothing: our statements never return nodes, relationships or paths themselves."""


class WireHydration:
    """Takes the place of the driver's hydration handler on a connection."""

    def new_hydration_scope(self) -> WireScope:
        """Return the scope of one result."""
        return WireScope()
