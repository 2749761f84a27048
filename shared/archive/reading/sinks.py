"""Collects the elements of a document as rows, or as canonical texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from shared.archive.canonical.layout import Layout
from shared.archive.canonical.renderer import Renderer
from shared.archive.canonical.tally import Tally
from shared.archive.digests.digest import node_text, relationship_text
from shared.archive.graphml.keys import EDGE_END, NODE_END, Sort
from shared.archive.limits import ArchiveLimits
from shared.archive.reading.known_lines import KnownLines
from shared.archive.reading.plain_elements import Groups, PlainElements, PlainShape
from shared.graph import NodeRow, RelationshipRow

_EDGE_START: Final = re.compile(
    '<edge id="e(0|[1-9][0-9]{0,17})" source="n(0|[1-9][0-9]{0,17})" target="n(0|[1-9][0-9]{0,17})"'
)


class RowTaker(Protocol):
    """Takes elements that were read strictly, in the document's order."""

    def add_node(self, row: NodeRow) -> None:
        """Take a node."""
        ...

    def add_relationship(self, row: RelationshipRow) -> None:
        """Take a relationship."""
        ...


class LineSink(RowTaker, Protocol):
    """Takes lines, too, that the compiled codec knows."""

    @property
    def known(self) -> Mapping[Sort, KnownLines]:
        """What it knows."""

    def take_lines(self, sort: Sort, content: bytes, at: int, *, first: int, nodes: int) -> tuple[int, int]:
        """Take lines from a place on, numbered from `first` on, as far as they are known.

        Edges end at the first `nodes` nodes. Returns how many were taken, and where the next line begins.
        """
        ...


class ElementSink(RowTaker, Protocol):
    """Takes elements by shape, too. The plain ways take matches; they raise ValueError for no match."""

    def take_nodes(self, plain: PlainElements, content: bytes, first: int) -> int | None:
        """Take all of some lines with nodes numbered from an ordinal, and return how many.

        None, or a ValueError, and nothing is taken, where one of them does not stand exactly as a known shape says.
        """
        ...

    def take_relationships(self, plain: PlainElements, content: bytes, first: int, nodes: int) -> int | None:
        """Take all of some lines with relationships between so many nodes, as take_nodes."""
        ...

    def add_plain_node(self, ordinal: int, shape: PlainShape, groups: Groups, text: str, body: int) -> None:
        """Take a node by its match, with its text up to the end tag, in which its body begins at an index."""
        ...

    def add_plain_relationship(
        self, numbers: tuple[int, int, int], shape: PlainShape, groups: Groups, text: str, body: int
    ) -> None:
        """Take a relationship by its match, given its ordinal with those of its ends; the rest as for a node."""
        ...


class RowSink:
    """Keeps rows until they are taken out."""

    def __init__(self, *, nodes_wanted: bool = True) -> None:
        self.nodes: list[NodeRow] = []
        self.relationships: list[RelationshipRow] = []
        self._nodes_wanted = nodes_wanted

    def pop_nodes(self) -> list[NodeRow]:
        """Take out the nodes."""
        rows, self.nodes = self.nodes, []
        return rows

    def pop_relationships(self) -> list[RelationshipRow]:
        """Take out the relationships."""
        rows, self.relationships = self.relationships, []
        return rows

    def take_nodes(self, plain: PlainElements, content: bytes, first: int) -> int | None:
        """Keep the nodes."""
        rows: list[NodeRow] = []
        escaped, shapes = b"&" in content, plain.last_by_tag
        for ordinal, element in enumerate(content.decode().split(NODE_END)[:-1], first):
            # The hot loop of an import's reading: nothing is called that need not be.
            start = f'<node id="n{ordinal}"'
            position = len(start)
            shape = shapes.get(element[position : element.find(">")])
            match = shape.fullmatch(element, position) if shape is not None else None
            if not element.startswith(start):
                return None
            if shape is not None and match is not None:
                groups: Groups = match.groups()
            elif (found := plain.find(element, position)) is not None:
                shape, groups = found
            else:
                return None
            properties = shape.properties(groups) if escaped else shape.plain_properties(groups)
            rows.append((ordinal, shape.layout.labels, properties))
        if self._nodes_wanted:
            self.nodes += rows
        return len(rows)

    def take_relationships(self, plain: PlainElements, content: bytes, first: int, nodes: int) -> int | None:
        """Keep the relationships."""
        rows: list[RelationshipRow] = []
        escaped, shapes = b"&" in content, plain.last_by_tag
        for ordinal, element in enumerate(content.decode().split(EDGE_END)[:-1], first):
            # As hot as the loop above, and longer by the ends.
            numbers = _EDGE_START.match(element)
            if numbers is None:
                return None
            position = numbers.end()
            number, start, end = map(int, numbers.groups())
            shape = shapes.get(element[position : element.find(">")])
            match = shape.fullmatch(element, position) if shape is not None else None
            if number != ordinal or start >= nodes or end >= nodes:
                return None
            if shape is not None and match is not None:
                groups: Groups = match.groups()
            elif (found := plain.find(element, position)) is not None:
                shape, groups = found
            else:
                return None
            properties = shape.properties(groups) if escaped else shape.plain_properties(groups)
            rows.append((ordinal, start, end, shape.layout.labels[0], properties))
        self.relationships += rows
        return len(rows)

    def add_node(self, row: NodeRow) -> None:
        """Keep a node."""
        if self._nodes_wanted:
            self.nodes.append(row)

    def add_relationship(self, row: RelationshipRow) -> None:
        """Keep a relationship."""
        self.relationships.append(row)

    def add_plain_node(self, ordinal: int, shape: PlainShape, groups: Groups, _text: str, _body: int) -> None:
        """Keep a node."""
        if self._nodes_wanted:
            self.nodes.append((ordinal, shape.layout.labels, shape.properties(groups)))

    def add_plain_relationship(
        self, numbers: tuple[int, int, int], shape: PlainShape, groups: Groups, _text: str, _body: int
    ) -> None:
        """Keep a relationship."""
        self.relationships.append((*numbers, shape.layout.labels[0], shape.properties(groups)))


class TextSink:
    """Keeps canonical texts, encoded, until they are taken out; counts what it takes."""

    def __init__(self, limits: ArchiveLimits) -> None:
        self.tally = Tally()
        self.nodes: list[bytes] = []
        """From the number on."""
        self.node_bodies: list[bytes] = []
        self.relationships: list[bytes] = []
        """From the start's number on."""
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.relationship_bodies: list[bytes] = []
        self._node_renderer = Renderer(Sort.NODE, limits)
        self._relationship_renderer = Renderer(Sort.EDGE, limits)

    def take_nodes(self, plain: PlainElements, content: bytes, first: int) -> int | None:
        """Keep the nodes' texts."""
        pattern = plain.joined
        found = [] if pattern is None else pattern.findall(content)
        if not found:
            return None
        texts, numbers, tags, bodies = zip(*found, strict=True)
        count = len(found)
        if (
            sum(map(len, texts)) + count * len('<node id="n') != len(content)
            or list(map(int, numbers)) != list(range(first, first + count))
            or not plain.are_canonical(content)
        ):
            return None
        self.nodes += texts
        self.node_bodies += bodies
        self._count(plain, tags, content)
        return count

    def take_relationships(self, plain: PlainElements, content: bytes, first: int, nodes: int) -> int | None:
        """Keep the relationships' texts."""
        pattern = plain.joined
        found = [] if pattern is None else pattern.findall(content)
        if not found:
            return None
        numbers, texts, start_numbers, end_numbers, tags, bodies = zip(*found, strict=True)
        count, starts, ends = len(found), list(map(int, start_numbers)), list(map(int, end_numbers))
        matched = sum(map(len, numbers)) + sum(map(len, texts)) + count * len('<edge id="e" source="n')
        if (
            matched != len(content)
            or list(map(int, numbers)) != list(range(first, first + count))
            or max(*starts, *ends) >= nodes
            or not plain.are_canonical(content)
        ):
            return None
        self.relationships += texts
        self.starts += starts
        self.ends += ends
        self.relationship_bodies += bodies
        self._count(plain, tags, content)
        return count

    def _count(self, plain: PlainElements, tags: Sequence[bytes], content: bytes) -> None:
        labelled = 0
        for tag, count in Counter(tags).items():
            layout = plain.last_by_tag[tag.decode()].layout
            self.tally.add_elements(layout, count)
            labelled += count if layout.labels else 0
        self.tally.add_properties(content.count(b'<data key="') - labelled)

    def add_node(self, row: NodeRow) -> None:
        """Render a node."""
        rendered = self._node_renderer.render_nodes([row])
        self._keep_node(row[0], rendered.encoded[0], rendered.layouts[0])

    def add_relationship(self, row: RelationshipRow) -> None:
        """Render a relationship."""
        rendered = self._relationship_renderer.render_relationships([row])
        self._keep_relationship(row[1], row[2], rendered.encoded[0], rendered.layouts[0])

    def add_plain_node(self, ordinal: int, shape: PlainShape, groups: Groups, text: str, body: int) -> None:
        """Keep a node's text."""
        _require_canonical(shape, groups)
        self._keep_node(ordinal, (text[body:] + NODE_END).encode(), shape.layout)

    def add_plain_relationship(
        self, numbers: tuple[int, int, int], shape: PlainShape, groups: Groups, text: str, body: int
    ) -> None:
        """Keep a relationship's text."""
        _require_canonical(shape, groups)
        self._keep_relationship(numbers[1], numbers[2], (text[body:] + EDGE_END).encode(), shape.layout)

    def _keep_node(self, ordinal: int, body: bytes, layout: Layout) -> None:
        self.nodes.append(node_text(ordinal, body))
        self.node_bodies.append(body)
        self.tally.add([layout])

    def _keep_relationship(self, start: int, end: int, body: bytes, layout: Layout) -> None:
        self.relationships.append(relationship_text(start, end, body))
        self.starts.append(start)
        self.ends.append(end)
        self.relationship_bodies.append(body)
        self.tally.add([layout])

    def clear(self) -> None:
        """Forget what was taken out."""
        for texts in (self.nodes, self.node_bodies, self.relationships, self.relationship_bodies):
            texts.clear()
        for numbers in (self.starts, self.ends):
            numbers.clear()


def _require_canonical(shape: PlainShape, groups: Groups) -> None:
    if shape.doubtful and not shape.is_canonical(groups):
        raise ValueError("not canonical")
