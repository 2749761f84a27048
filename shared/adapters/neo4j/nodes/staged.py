"""What an import remembers of its nodes in memory."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from shared.adapters.neo4j.connection import Row
from shared.adapters.neo4j.cypher.names import STAGED
from shared.adapters.neo4j.journal.holds import Hold, holds_of
from shared.adapters.neo4j.journal.journal import JournalRecord
from shared.catalogue import CATALOGUE_LABEL
from shared.graph import RelationshipRow
from shared.packing.mapped_arrays import mapped_integers
from shared.packing.ordinals import OrdinalIndex


class JoinedNodes:
    """Kept from batch records."""

    def __init__(self) -> None:
        self.holds: dict[int, Hold] = {}
        """By the ordinal of a joined node."""
        self.late: dict[int, set[str]] = {}
        """By the id of a staged node: labels that it gets when it is published."""

    def remember(self, record: Mapping[str, Any]) -> None:
        """Take what a batch's record says."""
        holds = {each.id: each for each in holds_of(record)}
        for ordinal, node_id in enumerate(record["ids"], record["first"]):
            if node_id in holds:
                self.holds[ordinal] = holds[node_id]
        for node_id, label in zip(record["late"], record["late_labels"], strict=True):
            self.late.setdefault(node_id, set()).add(label)

    def touches(self, rows: Sequence[RelationshipRow]) -> bool:
        """Whether any relationship has a joined end."""
        holds = self.holds
        return bool(holds) and any(row[1] in holds or row[2] in holds for row in rows)

    def leave_out(self, ordinals: range) -> Sequence[int]:
        """Return those ordinals whose nodes are not joined."""
        return [each for each in ordinals if each not in self.holds] if self.holds else ordinals


class StagedNodes:
    """The nodes of one import, by their ordinals."""

    def __init__(self, record: JournalRecord) -> None:
        self.ids = mapped_integers(record.nodes, "q")
        self.joined = JoinedNodes()
        self._withheld: set[int] = set()
        self.index = OrdinalIndex()
        """Finds the ordinals of nodes that are written; joined nodes have none in it."""

    def remember(self, first: int, ids: Sequence[int], withheld: Sequence[int]) -> range:
        """Take what a record says of a range; return it."""
        self.ids[first : first + len(ids)] = array("q", ids)
        self._withheld.update(withheld)
        if self.joined.holds:
            for ordinal in self.joined.leave_out(range(first, first + len(ids))):
                self.index.put(ordinal, [self.ids[ordinal]])
        else:
            self.index.put(first, ids)
        return range(first, first + len(ids))

    @property
    def labels_are_plain(self) -> bool:
        """Whether nodes of the same labels will have the same labels once published."""
        return not (self._withheld or self.joined.late)

    def labels_of(self, row: Row) -> list[str]:
        """Return a staged node's labels as they will be once published, without the scope label."""
        labels = [*(label for label in row[1] if label != STAGED), *self.joined.late.get(row[0], ())]
        return [*labels, CATALOGUE_LABEL] if row[0] in self._withheld else labels
