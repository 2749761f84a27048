"""The answers of databases and their applications."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NotRequired

from typing_extensions import TypedDict


class DatabaseAnswer(TypedDict):
    """A database of the tenant."""

    name: str


class DatabasesAnswer(TypedDict):
    """The tenant's databases, the preferred one first."""

    databases: list[DatabaseAnswer]


class ApplicationAnswer(TypedDict):
    """An application version, as the catalogue has it."""

    name: str
    version: str
    kind: str
    label: str
    service_id: str
    version_id: str
    nodes: NotRequired[int]
    """Where counts are asked for; as for relationships."""
    relationships: NotRequired[int]


class ApplicationsAnswer(TypedDict):
    """The catalogue of a database."""

    database: str
    applications: list[ApplicationAnswer]


class LabelAnswer(TypedDict):
    """Nodes by label."""

    label: str
    count: int


class TypeAnswer(TypedDict):
    """Relationships by type."""

    type: str
    count: int


PatternAnswer = TypedDict("PatternAnswer", {"from": str, "type": str, "to": str, "count": int})
"""Relationships by type, with the labels at both ends."""


class OwnerAnswer(TypedDict):
    """A label, or a relationship type."""

    label: NotRequired[str]
    type: NotRequired[str]


class KeyAnswer(OwnerAnswer):
    """A property key of a label, or of a relationship type, with the types of its values."""

    key: str
    types: Sequence[str]
    count: int


class SchemaAnswer(TypedDict):
    """What an application's elements look like."""

    name: str
    version: str
    nodes: int
    relationships: int
    sampled: bool
    labels: list[LabelAnswer]
    types: list[TypeAnswer]
    patterns: list[PatternAnswer]
    properties: list[KeyAnswer]
