"""Property values as they travel over Bolt, held in our own lossless classes.

The driver's classes lose offset seconds, cannot hold years outside 1 to 9999, raise on zones that this machine does not
know, and give the offset Z back as a zone. The wire itself loses nothing, so its structures are taken as they are.
Source of tags and fields: the Bolt protocol's structure semantics, versions 5.0 to 6.0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.adapters.neo4j.driver_internals import Hydration, WireStructure, make_structure
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


def read_structure(structure: WireStructure) -> Any:
    """Turn a structure of the wire into a value of shared.graph."""
    reader = _READERS.get(structure.tag)
    return UnknownValue(repr(structure.tag)) if reader is None else reader(*structure.fields)


def _point_structure(point: Point) -> WireStructure:
    return make_structure(b"X" if len(point.coordinates) == 2 else b"Y", point.srid, *point.coordinates)


_WRITERS: dict[type, Callable[[Any], WireStructure]] = {
    Date: lambda value: make_structure(b"D", value.days),
    LocalTime: lambda value: make_structure(b"t", value.nanoseconds),
    Time: lambda value: make_structure(b"T", value.nanoseconds, value.offset_seconds),
    LocalDateTime: lambda value: make_structure(b"d", value.seconds, value.nanoseconds),
    OffsetDateTime: lambda value: make_structure(b"I", value.seconds, value.nanoseconds, value.offset_seconds),
    ZonedDateTime: lambda value: make_structure(b"i", value.seconds, value.nanoseconds, value.zone),
    Duration: lambda value: make_structure(b"E", value.months, value.days, value.seconds, value.nanoseconds),
    Point: _point_structure,
}


HYDRATION = Hydration(read_structure, _WRITERS)
"""How every connection of ours reads and writes values."""
