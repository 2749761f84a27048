"""How a database spells the name of an application: its own spelling counts wherever one of its names is meant."""

from __future__ import annotations

from shared.ports.graph_source import GraphSource
from shared.spelling import choose_spelling, list_spellings


async def spell_application(source: GraphSource, name: str) -> str:
    """Return the name as the catalogue has it, or a bare label; as it is where there is no such application.

    Raises: AmbiguousNameError.
    """
    if name.isascii():
        return name
    catalogued = [each.name for each in await source.list_applications()]
    bare = [each.name for each in await source.find_bare_labels(list_spellings(name))]
    return choose_spelling(name, [*catalogued, *bare]) or name
