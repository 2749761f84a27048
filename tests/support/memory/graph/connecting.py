"""How an import into a database in memory finds the far ends of references, and adds what waited for publishing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from shared.catalogue import DEFAULT_VERSION
from shared.ports.import_plans import PlannedApplication
from shared.references import Direction, ExternalReference
from tests.support.memory.graph.data import MemoryDatabase, MemoryJournal, MemoryLink
from tests.support.memory.graph.replacing import find_replaced


def make_link(journal: MemoryJournal, reference: ExternalReference, far: int) -> MemoryLink:
    near = journal.ids[reference.node]
    start, end = (near, far) if reference.direction is Direction.OUT else (far, near)
    return MemoryLink(journal.place_of(reference.node), start, end, reference.type, dict(reference.properties))


def find_far_end(data: MemoryDatabase, journal: MemoryJournal, reference: ExternalReference) -> int | None:
    """Return the one node that the reference's key names; None where there is none, or more than one."""
    if reference.far is not None:
        return journal.ids[reference.far]
    key = reference.key
    if key is None:
        return None
    labels_of = {journal.ids[each]: set(labels) for each, labels in journal.labels.items()}
    keyed = [
        each
        for each, node in data.nodes.items()
        if key.label in labels_of.get(each, node.labels)
        and all(node.properties.get(name) == value for name, value in key.properties.items())
    ]
    found = _own_ends(data, journal, reference, keyed) or _ends_there(data, journal, reference, keyed)
    return found[0] if len(found) == 1 else None


def _own_ends(
    data: MemoryDatabase, journal: MemoryJournal, reference: ExternalReference, keyed: Sequence[int]
) -> list[int]:
    """Return those that this import brings, unless the version that is meant is another one, and stays."""
    own = {journal.ids[each]: journal.plan.applications[journal.place_of(each)] for each in journal.ids}
    found = [each for each in keyed if each in own and own[each].name == reference.application]
    same = [each for each in found if _version_of(own[each]) == _version_of(reference)]
    if same or not found:
        return same
    replaced, _ = find_replaced(data, journal)
    stays = data.owned_labels(str(reference.application), _version_of(reference)) - replaced
    return [] if any(data.nodes[each].labels & stays for each in keyed) else found


def _ends_there(
    data: MemoryDatabase, journal: MemoryJournal, reference: ExternalReference, keyed: Sequence[int]
) -> list[int]:
    nodes, own = data.nodes, set(journal.ids.values())
    if reference.application is None:
        return [each for each in keyed if each not in own]
    exact = data.owned_labels(reference.application, _version_of(reference))
    if any(each.name == reference.application for each in journal.plan.applications):
        replaced, _ = find_replaced(data, journal)
        return [each for each in keyed if each not in own and nodes[each].labels & (exact - replaced)]
    far = data.owned_labels(reference.application)
    found = [each for each in keyed if each not in own and nodes[each].labels & far]
    return found if len(found) < 2 else [each for each in found if nodes[each].labels & exact]


def _version_of(one: PlannedApplication | ExternalReference) -> str:
    return one.version or DEFAULT_VERSION


def publish_links(data: MemoryDatabase, journal: MemoryJournal) -> None:
    """Add the relationships that waited, but for those that are there already."""
    wanted: Counter[str] = Counter()
    one: dict[str, MemoryLink] = {}
    for links, _ in journal.links.values():
        counts = Counter(repr(each) for each in links)
        for each in links:
            same = repr((each.start, each.end, each.type, each.properties))
            wanted[same] = max(wanted[same], counts[repr(each)])
            one[same] = each
    for same, listed in wanted.items():
        link = one[same]
        present = sum(
            (each.start, each.end, each.type, each.properties) == (link.start, link.end, link.type, link.properties)
            for each in data.relationships.values()
        )
        for _ in range(listed - present):
            data.add_relationship(link.start, link.end, link.type, link.properties)
