"""What an inspection learns of one document: its digests, and what is in it."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from shared.archive.canonical.renderer import Renderer
from shared.archive.canonical.tally import Tally
from shared.archive.digests.digest import GraphDigest, OrdinalDigest, node_text, relationship_text
from shared.archive.graphml.keys import Sort
from shared.archive.limits import ArchiveLimits
from shared.archive.reading.document import LineDocument, StrictDocument
from shared.archive.reading.feed import LineFeed
from shared.archive.reading.known_lines import SHORTEST_LINE, KnownLines
from shared.graph import NodeRow, RelationshipRow


class StrictJudge:
    """Judges element by element, as each would be written."""

    def __init__(self, limits: ArchiveLimits) -> None:
        self.digest = GraphDigest(limits)
        self.ordinal_digest = OrdinalDigest(limits)
        self.tally = Tally()
        self._limits = limits
        self._renderers = {sort: Renderer(sort, limits) for sort in Sort}

    def open(self, entry: str) -> StrictDocument | LineFeed:
        """Return what takes the document."""
        return StrictDocument(entry, self._limits, self)

    def add_node(self, row: NodeRow) -> None:
        """Judge a node. Raises: UnsupportedValueError."""
        rendered = self._renderers[Sort.NODE].render_nodes([row])
        self.tally.add(rendered.layouts)
        self.digest.add_node_bodies([row[0]], rendered.encoded)
        self.ordinal_digest.add_texts([node_text(row[0], rendered.encoded[0])])

    def add_relationship(self, row: RelationshipRow) -> None:
        """Judge a relationship. Raises: UnsupportedValueError."""
        rendered = self._renderers[Sort.EDGE].render_relationships([row])
        self.tally.add(rendered.layouts)
        self.digest.add_relationship_bodies([row[1]], [row[2]], rendered.encoded)
        self.ordinal_digest.add_texts([relationship_text(row[1], row[2], rendered.encoded[0])])

    def settle(self) -> None:
        """Add to digests and tally what was held back of what was read: nothing."""


class LineJudge(StrictJudge):
    """Has lines judged by the compiled codec; judges itself what that does not know."""

    def __init__(self, limits: ArchiveLimits) -> None:
        super().__init__(limits)
        self.known = {sort: KnownLines(sort, limits, _pack_nothing) for sort in Sort}

    @override
    def open(self, entry: str) -> LineFeed:
        return LineFeed(LineDocument(entry, self._limits, self))

    def take_lines(self, sort: Sort, content: bytes, at: int, *, first: int, nodes: int) -> tuple[int, int]:
        """Judge lines as far as they are known."""
        count = (len(content) - at) // SHORTEST_LINE + 1
        hashes = self.digest.hold(nodes if sort is Sort.EDGE else first + count)
        return self.known[sort].kernel.judge(content, at, count, first, nodes, hashes)

    @override
    def settle(self) -> None:
        for known in self.known.values():
            total, ordered = known.kernel.take_totals()
            self.digest.add_total(total)
            self.ordinal_digest.add_total(ordered)
            for layout, count in zip(known.layouts, known.kernel.take_counts(), strict=True):
                if count:
                    self.tally.add_elements(layout, count)
            self.tally.add_properties(known.kernel.take_properties())


def _pack_nothing(_value: Any) -> bytes:
    return b""
