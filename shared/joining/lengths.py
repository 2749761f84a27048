"""The values of an import that are too long for indexes of the target: found before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shared.graph import NodeRow, RelationshipRow
from shared.index_keys import Index, LongValues
from shared.joining.placed import Placed
from shared.joining.refusals import LISTED_NAMES
from shared.ports.import_plans import PlannedApplication


class Lengths:
    """Judges the elements of one application that are written; tells of the first that the target would refuse."""

    def __init__(self, indexes: Sequence[Index], placed: Placed, planned: PlannedApplication) -> None:
        self.message: str | None = None
        self._planned = planned
        self._first = placed.first_node
        application = placed.application
        self._nodes = LongValues(_choose(indexes, "NODE", {*application.labels, planned.label}))
        self._relationships = LongValues(_choose(indexes, "RELATIONSHIP", application.types))

    @property
    def concern_nodes(self) -> bool:
        """Whether any node can have a value that is too long."""
        return bool(self._nodes.indexes)

    @property
    def concern_relationships(self) -> bool:
        """Whether any relationship can."""
        return bool(self._relationships.indexes)

    def judge_node(self, row: NodeRow) -> None:
        """Look at a node, which gets the label of the application, too."""
        if self.message is None and (found := self._nodes.find_excess([*row[1], self._planned.label], row[2])):
            what = (
                f"Node {row[0] - self._first} of {self._planned.name!r}, with labels {sorted(row[1])[:LISTED_NAMES]},"
            )
            self.message = f"{what} cannot be written, {found.describe()}"

    def judge_relationships(self, rows: Sequence[RelationshipRow]) -> None:
        """Look at relationships, whose ends are counted within the application."""
        for row in rows:
            if self.message is None and (found := self._relationships.find_excess([row[3]], row[4])):
                ends = f"from node {row[1]} to node {row[2]}"
                what = f"The relationship {row[3]!r} {ends} of {self._planned.name!r}"
                self.message = f"{what} cannot be written, {found.describe()}"


def _choose(indexes: Sequence[Index], entity: str, names: Collection[str]) -> list[Index]:
    return [each for each in indexes if each.entity == entity and not set(names).isdisjoint(each.labels_or_types)]
