"""External references: relationships that leave an application."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.graph import Properties


class Direction(StrEnum):
    """Which way a relationship goes, seen from the application's own node."""

    OUT = "out"
    IN = "in"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeKey:
    """What tells a node from all others of its label."""

    label: str
    properties: Properties


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalReference:
    """A relationship between a node of an application and one that does not belong to it."""

    node: int
    """The application's own node: as in NodeRow, the database's id from a source, the ordinal from an archive."""
    direction: Direction
    type: str
    properties: Properties
    application: str | None
    """The far node's application, the first by name; None: it belongs to none, or is a catalogue entry."""
    version: str | None
    key: NodeKey | None
    """How to find the far node; None: nothing tells it from others."""
    far: int | None = None
    """The far node itself, where it is known: an id or an ordinal, as `node` is."""
    entry: str | None = None
    """From an archive: the document of another application, in which `far` is an ordinal."""
    is_hidden: bool = False
    """From a source: it reaches hidden applications alone, and is only to be counted."""


def hidden_reference(node: int, direction: Direction, far: int) -> ExternalReference:
    """Return a reference that says nothing of what it reaches."""
    return ExternalReference(
        node=node,
        direction=direction,
        type="",
        properties={},
        application=None,
        version=None,
        key=None,
        far=far,
        is_hidden=True,
    )
