"""The schema of an application, put together from a sample of its elements."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from shared.graph import GraphCounts, GraphShapes, NodeShape, RelationshipShape

EXAMINED = 50_000
"""Nodes, and relationships, of an application that are looked at; of a larger one a sample of so many."""

Pattern: TypeAlias = tuple[str, str, str]
"""A label, the type of relationships from there, the label that they lead to."""

_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFacts:
    """A property key of the nodes of a label, or of the relationships of a type."""

    owner: str
    """The label, or the type."""
    key: str
    types: Sequence[str]
    """The server's names for the types of its values."""
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationSchema:
    """All with counts, the most frequent first; estimates where not every element was looked at."""

    counts: GraphCounts
    sampled: bool
    labels: Mapping[str, int]
    types: Mapping[str, int]
    patterns: Mapping[Pattern, int]
    label_keys: Sequence[KeyFacts]
    type_keys: Sequence[KeyFacts]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """How a part stands to the whole."""

    seen: int
    of: int

    def sum_up(self, counted: Iterable[tuple[_Key, int]]) -> Mapping[_Key, int]:
        """Add up what was seen of each key, and raise it to the whole."""
        sums: Counter[_Key] = Counter()
        for key, count in counted:
            sums[key] += count
        return {key: count * self.of // self.seen for key, count in sums.most_common()}


def describe(shapes: GraphShapes) -> ApplicationSchema:
    """Gather the schema."""
    nodes, relationships = shapes.nodes, shapes.relationships
    of_nodes = _Scale(seen=sum(each.count for each in nodes), of=shapes.counts.nodes)
    of_relationships = _Scale(seen=sum(each.count for each in relationships), of=shapes.counts.relationships)
    return ApplicationSchema(
        counts=shapes.counts,
        sampled=of_nodes.seen < of_nodes.of or of_relationships.seen < of_relationships.of,
        labels=of_nodes.sum_up((label, each.count) for each in nodes for label in each.labels),
        types=of_relationships.sum_up((each.type, each.count) for each in relationships),
        patterns=of_relationships.sum_up(_patterns(relationships)),
        label_keys=_gather_keys(_keys_of_labels(nodes), of_nodes),
        type_keys=_gather_keys(_keys_of_types(relationships), of_relationships),
    )


def _patterns(relationships: Iterable[RelationshipShape]) -> Iterator[tuple[Pattern, int]]:
    for each in relationships:
        for start in each.start_labels:
            for end in each.end_labels:
                yield (start, each.type, end), each.count


_Seen: TypeAlias = tuple[str, str, str, int]
"""Owner, key, type of the value, how often."""


def _keys_of_labels(nodes: Iterable[NodeShape]) -> Iterator[_Seen]:
    for each in nodes:
        for label in each.labels:
            yield from ((label, key, type_name, each.count) for key, type_name in each.keys.items())


def _keys_of_types(relationships: Iterable[RelationshipShape]) -> Iterator[_Seen]:
    for each in relationships:
        yield from ((each.type, key, type_name, each.count) for key, type_name in each.keys.items())


def _gather_keys(seen: Iterable[_Seen], scale: _Scale) -> Sequence[KeyFacts]:
    types: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    counted: list[tuple[tuple[str, str], int]] = []
    for owner, key, type_name, count in seen:
        types[owner, key].add(type_name)
        counted.append(((owner, key), count))
    sums = sorted(scale.sum_up(counted).items())
    return [
        KeyFacts(owner=owner, key=key, types=sorted(types[owner, key]), count=count) for (owner, key), count in sums
    ]
