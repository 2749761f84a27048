"""Strategies for whole applications with hostile names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from shared.graph import PropertyValue
from tests.support.stacks.databases import SeededDatabase
from tests.support.values import NAMES, PROPERTIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Nodes as (labels, properties), relationships as (start, end, type, properties) by the nodes' places."""

    nodes: Sequence[tuple[list[str], Mapping[str, PropertyValue]]]
    relationships: Sequence[tuple[int, int, str, Mapping[str, PropertyValue]]]

    async def write_to(self, database: SeededDatabase, label: str) -> None:
        ids = [await database.add_node([label, *labels], properties) for labels, properties in self.nodes]
        for start, end, type_name, properties in self.relationships:
            await database.add_relationship(ids[start], ids[end], type_name, properties)


NODES = st.tuples(st.lists(NAMES, max_size=3, unique=True), PROPERTIES)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Give graphs with loops, parallel relationships and nodes of equal content."""
    nodes = draw(st.lists(NODES, min_size=1, max_size=6))
    places = st.integers(0, len(nodes) - 1)
    relationships = draw(st.lists(st.tuples(places, places, NAMES, PROPERTIES), max_size=8))
    return Graph(nodes=nodes, relationships=relationships)
