"""Decides which graphs of an archive become which applications."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, islice

from shared.archive.foreign.files import ForeignFile
from shared.archive.foreign.graphml.graphs import may_hold_several, read_graph_ids
from shared.archive.limits import ArchiveLimits
from shared.catalogue import require_application_name
from shared.errors import InvalidArchiveError, InvalidRequestError


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedGraphs:
    """A document of several graphs, each an application of its own."""

    file: ForeignFile
    names: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphPlan:
    """What the GraphML documents of an archive become."""

    together: Sequence[ForeignFile]
    """They form one application, which has the archive's name."""
    apart: Sequence[NamedGraphs] = ()
    unnamed: int = 0
    """Graphs that could not be named by their ids."""

    def names(self, stem: str) -> Sequence[str]:
        """Return the applications' names."""
        return [*([stem] if self.together else ()), *(name for each in self.apart for name in each.names)]


def plan_graphs(files: Sequence[ForeignFile], stem: str, limits: ArchiveLimits) -> GraphPlan:
    """Take the graphs of every document that has several of them apart, and name them. Raises: InvalidArchiveError.

    A graph is named by its id, or else by the archive and the next number that is free.
    """
    found = [(file, _graph_ids(file, limits)) for file in files]
    several = [(file, ids) for file, ids in found if len(ids) > 1]
    times = Counter(each for _, ids in several for each in ids)
    if times.total() > limits.entries:
        raise InvalidArchiveError(
            f"More than {limits.entries} graphs that would each become an application; "
            "read them as one application (one_application)."
        )
    together = [file for file, ids in found if len(ids) <= 1]
    taken = {each for each, times_found in times.items() if times_found == 1 and _is_name(each)}
    taken -= {stem} if together else set()
    free = (name for number in count(1) if (name := f"{stem} {number}") not in taken)
    return GraphPlan(
        together=together,
        apart=[
            NamedGraphs(file=file, names=[each if each in taken else next(free) for each in ids])
            for file, ids in several
        ],
        unnamed=times.total() - len(taken),
    )


def _graph_ids(file: ForeignFile, limits: ArchiveLimits) -> Sequence[str]:
    """Return the ids of a document's graphs; of one with a single graph or none, nothing."""
    if not may_hold_several(file.read(), file.name):
        return []
    return list(islice(read_graph_ids(file.read(), file.name, limits), limits.entries + 1))


def _is_name(graph_id: str) -> bool:
    try:
        return bool(require_application_name(graph_id))
    except InvalidRequestError:
        return False
