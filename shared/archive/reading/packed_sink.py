"""Collects the elements of a document as packed rows."""

from __future__ import annotations

from array import array

from shared.archive.graphml.keys import Sort
from shared.archive.limits import ArchiveLimits
from shared.archive.reading.known_lines import SHORTEST_LINE, KnownLines
from shared.graph import NodeRow, RelationshipRow
from shared.packing.elements import PackedElements, Wire


class PackedSink:
    """Has lines packed by the compiled codec; packs what that does not know."""

    def __init__(self, limits: ArchiveLimits, wire: Wire, *, nodes_wanted: bool = True) -> None:
        self.known = {sort: KnownLines(sort, limits, wire.pack) for sort in Sort}
        self._wire = wire
        self._nodes_wanted = nodes_wanted
        self._counts = dict.fromkeys(Sort, 0)
        self._labels: set[str] = set()
        """Of the elements read strictly."""

    def take_lines(self, sort: Sort, content: bytes, at: int, *, first: int, nodes: int) -> tuple[int, int]:
        """Pack lines as far as they are known."""
        count = (len(content) - at) // SHORTEST_LINE + 1
        return self.known[sort].kernel.pack(content, at, count, first, nodes)

    def add_node(self, row: NodeRow) -> None:
        """Pack a node, where nodes are wanted."""
        if not self._nodes_wanted:
            return
        self.known[Sort.NODE].kernel.append(self._wire.pack([list(row[1]), row[2]]), 0, 0)
        self._labels.update(row[1])

    def add_relationship(self, row: RelationshipRow) -> None:
        """Pack a relationship."""
        self.known[Sort.EDGE].kernel.append(self._wire.pack([row[3], row[4]]), row[1], row[2])
        self._labels.add(row[3])

    def pop_nodes(self) -> PackedElements:
        """Take out the nodes."""
        return self._pop(Sort.NODE)

    def pop_relationships(self) -> PackedElements:
        """Take out the relationships."""
        if not self._nodes_wanted:
            self._pop(Sort.NODE)
        return self._pop(Sort.EDGE)

    def _pop(self, sort: Sort) -> PackedElements:
        known = self.known[sort]
        content, *columns = known.kernel.take_rows()
        sizes, starts, ends = map(_integers, columns)
        first, self._counts[sort] = self._counts[sort], self._counts[sort] + len(sizes)
        used = zip(known.layouts, known.kernel.take_counts(), strict=True)
        labels = self._labels.union(*(layout.labels for layout, count in used if count))
        return PackedElements(
            content=content,
            sizes=sizes,
            starts=starts,
            ends=ends,
            first=first,
            labels=frozenset(labels),
            wire=self._wire,
        )


def _integers(content: bytes) -> array[int]:
    numbers = array("q")
    numbers.frombytes(content)
    return numbers
