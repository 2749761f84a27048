"""Writes one application's elements as lines, and keeps count of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shared.archive.canonical.renderer import Renderer
from shared.archive.canonical.tally import Tally
from shared.archive.digests.digest import GraphDigest
from shared.archive.graphml.keys import Sort
from shared.archive.limits import ArchiveLimits
from shared.archive.writing.lines import edge_lines, node_lines
from shared.errors import SourceChangedError
from shared.graph import NodeRow, RelationshipRow
from shared.packing.ordinals import OrdinalIndex


class GraphLines:
    """Nodes first, by ascending database id, then relationships between them."""

    def __init__(self, application: str, limits: ArchiveLimits, is_secured: Callable[[str], bool]) -> None:
        """`application` is the name that errors tell."""
        self._application = application
        self.is_secured = is_secured
        self.renderers = {sort: Renderer(sort, limits, is_secured=is_secured) for sort in Sort}
        self.digest = GraphDigest(limits)
        self.tally = Tally()
        self.ordinals = OrdinalIndex()
        self.edges = 0
        """How many relationships were written."""

    def write_nodes(self, rows: Sequence[NodeRow]) -> bytes:
        """Return their lines. Raises: SourceChangedError for a node seen before, UnsupportedValueError."""
        first = len(self.ordinals)
        if (twice := self.ordinals.append([row[0] for row in rows])) is not None:
            raise SourceChangedError(
                f"Node {twice} of application {self._application!r} was read twice: the source changed."
            )
        rendered = self.renderers[Sort.NODE].render_nodes(rows)
        self.tally.add(rendered.layouts)
        self.digest.add_node_bodies(range(first, first + len(rows)), rendered.encoded)
        return node_lines(first, rendered.encoded)

    def write_relationships(self, rows: Sequence[RelationshipRow]) -> bytes:
        """Return their lines. Raises: SourceChangedError for an end that was not written, UnsupportedValueError."""
        starts, ends = self.ordinals_of([row[1] for row in rows]), self.ordinals_of([row[2] for row in rows])
        rendered = self.renderers[Sort.EDGE].render_relationships(rows)
        self.tally.add(rendered.layouts)
        self.digest.add_relationship_bodies(starts, ends, rendered.encoded)
        first, self.edges = self.edges, self.edges + len(rows)
        return edge_lines(first, starts, ends, rendered.encoded)

    def ordinals_of(self, ids: Sequence[int]) -> list[int]:
        """Return the ordinals of nodes written before. Raises: SourceChangedError."""
        try:
            return self.ordinals.find_all(ids)
        except KeyError as error:
            raise SourceChangedError(
                f"Node {error.args[0]} ends a relationship of application {self._application!r} "
                "and was not among its nodes: the source changed."
            ) from error
