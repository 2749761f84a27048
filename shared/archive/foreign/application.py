"""What foreign archives are read into, whichever tool wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from shared.archive.foreign.warnings import Warnings
from shared.graph import NodeRow, RelationshipRow

BATCH_ROWS: Final = 1000


class ForeignApplication(Protocol):
    """One application of a foreign archive. Raises InvalidArchiveError everywhere."""

    name: str
    folder: str
    """Where it stands in the archive; empty for the whole."""
    warnings: Warnings
    """What was changed or passed over, counted; complete once all is read."""

    def read_nodes(self) -> Iterator[list[NodeRow]]:
        """Give all nodes, by ordinal."""
        ...

    def read_relationships(self) -> Iterator[list[RelationshipRow]]:
        """Give all relationships by their nodes' ordinals, once all nodes are read."""
        ...

    def close(self) -> None:
        """Give the space back that the ids of the nodes take."""
        ...
