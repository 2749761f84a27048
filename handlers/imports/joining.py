"""Compares joined nodes with what the archive says of them."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from shared.archive.digests.digest import OrdinalDigest
from shared.archive.manifest import ApplicationManifest
from shared.archive.reading.reader import ArchiveReader
from shared.archive.values.typed_json import typed
from shared.errors import NodeDiffersError
from shared.graph import NodeRow
from shared.jobs.summaries import DifferingNode, JoinedReport
from shared.joining.refusals import differing_properties
from shared.ports.graph_target import GraphImport

LISTED = 100
"""Joined nodes that differ which a summary lists; it counts them all."""


class JoinedLooking:
    """One pass over the archive for each application that has joined nodes: they are not read back."""

    def __init__(self, opened: GraphImport, equal: Container[int], *, batch_size: int, must_agree: bool) -> None:
        """Compare joined nodes; those that were found equal, by ordinal, must have stayed so."""
        self._opened = opened
        self._equal = equal
        self._batch_size = batch_size
        self._must_agree = must_agree
        self._count = 0
        self._unmarked = 0
        self._differing = 0
        self._listed: list[DifferingNode] = []

    async def add(
        self, reader: ArchiveReader, application: ApplicationManifest, first_node: int, digest: OrdinalDigest
    ) -> None:
        """Add the archive's joined nodes to a digest of what was read back: the target has its own properties on them.

        Raises: NodeDiffersError, where they must agree.
        """
        joined = {each - first_node for each in self._opened.joined if each >= first_node}
        joined = {each for each in joined if each < application.nodes}
        if not joined:
            return
        async for rows in reader.read_nodes(application, batch_size=self._batch_size):
            if some := [row for row in rows if row[0] in joined]:
                digest.add_nodes(some)
                await self._compare(some, first_node)
        async for relationships in reader.read_relationships(application, batch_size=self._batch_size):
            digest.add_relationships([row for row in relationships if row[1] in joined and row[2] in joined])

    async def _compare(self, rows: Sequence[NodeRow], first_node: int) -> None:
        self._count += len(rows)
        self._unmarked += sum(row[0] + first_node in self._equal for row in rows)
        there = await self._opened.read_joined([row[0] + first_node for row in rows])
        for row, (ordinal, labels, properties) in zip(rows, there, strict=True):
            differing = differing_properties(row[2], properties)
            if not differing and set(row[1]) <= set(labels):
                continue
            if self._must_agree or ordinal in self._equal:
                raise _differs(row, differing)
            self._note(DifferingNode(labels=tuple(sorted(row[1])), archive=typed(row[2]), target=typed(properties)))

    def _note(self, node: DifferingNode) -> None:
        self._differing += 1
        if len(self._listed) < LISTED:
            self._listed.append(node)

    @property
    def counts(self) -> Mapping[str, int]:
        """Say in numbers how many were joined."""
        return {"joined": self._count, "unmarked": self._unmarked, "differing": self._differing}

    def report(self) -> JoinedReport:
        """Say how many were joined, and which differ: the target's properties are kept."""
        return JoinedReport(
            joined=self._count, differing=self._differing, listed=tuple(self._listed), unmarked=self._unmarked
        )


def _differs(row: NodeRow, differing: Sequence[str]) -> NodeDiffersError:
    what = f"the properties {differing}" if differing else "its labels"
    return NodeDiffersError(
        f"Node {row[0]} of the archive, with labels {sorted(row[1])}, is joined to one that the target holds, and they "
        f"differ in {what}."
    )
