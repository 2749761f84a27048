"""Where the applications of an archive stand within an import, whose ordinals run through all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from shared.archive.manifest import ApplicationManifest
from shared.archive.reading.reader import ArchiveReader
from shared.graph import NodeRow
from shared.packing.elements import PackedElements
from shared.packing.ordinals import OrdinalSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An application of the archive with the ordinals that it begins at within the import."""

    application: ApplicationManifest
    first_node: int
    first_relationship: int


def place(chosen: Sequence[ApplicationManifest]) -> list[Placed]:
    """Count through the applications that are imported."""
    nodes = accumulate((each.nodes for each in chosen), initial=0)
    relationships = accumulate((each.relationships for each in chosen), initial=0)
    return [
        Placed(application=each, first_node=first_node, first_relationship=first_relationship)
        for each, first_node, first_relationship in zip(chosen, nodes, relationships, strict=False)
    ]


async def read_shared(reader: ArchiveReader, chosen: Sequence[ApplicationManifest]) -> OrdinalSet:
    """Return the ordinals, within the import, of the nodes that the archive marks as shared."""
    shared = OrdinalSet(sum(each.nodes for each in chosen))
    for placed in place(chosen):
        if placed.application.shared_nodes:
            marked = await reader.read_shared_nodes(placed.application)
            shared.update(placed.first_node + each for each in marked)
    return shared


def shift_nodes(rows: Sequence[NodeRow], by: int) -> Sequence[NodeRow]:
    """Count nodes from another ordinal on."""
    if by == 0:
        return rows
    return rows.shifted(by) if isinstance(rows, PackedElements) else [(row[0] + by, row[1], row[2]) for row in rows]
