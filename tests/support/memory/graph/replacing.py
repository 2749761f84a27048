"""What an import into a database in memory replaces, and how relationships of others move to the new nodes."""

from __future__ import annotations

from collections.abc import Mapping

from shared.catalogue import DEFAULT_VERSION
from shared.jobs.summaries import LostReference
from shared.ports.import_plans import Placement
from shared.references import Direction
from tests.support.memory.graph.data import MemoryDatabase, MemoryJournal, MemoryNode


def find_replaced(data: MemoryDatabase, journal: MemoryJournal) -> tuple[set[str], set[int]]:
    """Return the scope labels and the entries of what is replaced, or removed; no label that others claim."""
    versions: list[tuple[str, str | None]] = [
        (each.name, each.version or DEFAULT_VERSION if each.placement is Placement.REPLACE_VERSION else None)
        for each in journal.plan.applications
        if each.placement in (Placement.REPLACE, Placement.REPLACE_VERSION)
    ]
    if journal.removal is not None:
        versions = [(journal.removal.name, journal.removal.version)]
    going = {entry for name, version in versions for entry in data.entries(name, version)}
    bare = {name for name, version in versions if version is None and not data.entries(name)}
    return (bare | {data.label_of(data.nodes[each]) for each in going}) - data.claimed(but_for=going), going


def is_replaced(data: MemoryDatabase, journal: MemoryJournal, node: MemoryNode) -> bool:
    """Return whether the node belongs to nothing but what is replaced."""
    replaced, entries = find_replaced(data, journal)
    return bool(node.labels & replaced) and not node.labels & data.claimed(but_for=entries)


def move_relationships(
    data: MemoryDatabase,
    journal: MemoryJournal,
    *,
    old: set[int],
    released: set[int],
    entries: Mapping[str, list[int]],
) -> list[LostReference]:
    """Add what others have on the old nodes to their successors; return those relationships that have none."""
    lost: list[LostReference] = []
    for relationship in list(data.relationships.values()):
        leaves = relationship.start in old
        if leaves == (relationship.end in old):
            continue
        gone, far = (relationship.start, relationship.end) if leaves else (relationship.end, relationship.start)
        if far in released:
            continue
        successors = _successors(data, journal, gone, entries)
        if len(successors) == 1:
            ends = (successors[0], far) if leaves else (far, successors[0])
            data.add_relationship(*ends, relationship.type, relationship.properties)
        else:
            applications = sorted(data.nodes[far].labels & data.all_scope_labels())
            direction = Direction.OUT if leaves else Direction.IN
            lost.append(LostReference(type=relationship.type, direction=direction, applications=tuple(applications)))
    return lost


def _successors(data: MemoryDatabase, journal: MemoryJournal, gone: int, entries: Mapping[str, list[int]]) -> list[int]:
    node, nodes = data.nodes[gone], data.nodes
    if data.is_catalogue(node):
        new = entries.get(str(node.properties["Name"]), [])
        same = [each for each in new if nodes[each].properties.get("Version") == node.properties.get("Version")]
        return same or new
    for form in data.forms.forms:
        key = form.key_of(sorted(node.labels), node.properties)
        new = [
            each
            for each in journal.ids.values()
            if key is not None and form.key_of(sorted(nodes[each].labels), nodes[each].properties) == key
        ]
        if len(new) == 1:
            return new
    return []
