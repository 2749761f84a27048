"""Which applications a caller sees; all others do not exist for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

from shared.caller import Caller
from shared.catalogue import CatalogueEntry
from shared.catalogue_names import spell_application
from shared.errors import AmbiguousNameError, ForbiddenError, UnknownApplicationError, UnknownDatabaseError
from shared.identity import ApplicationName, ImportedApplication, Standing
from shared.ports.graph_source import GraphSource
from shared.resources import Resources
from shared.rights.databases import require_database
from shared.rights.standings import is_own, read_standings
from shared.spelling import choose_spelling, list_spellings


async def list_visible_applications(
    resources: Resources, caller: Caller, database: str, *, named: Collection[str] = ()
) -> Sequence[CatalogueEntry]:
    """List what the caller may see of a database: its catalogue, and those of these names that are bare labels.

    Raises: UnknownDatabaseError.
    """
    source = resources.sources[await require_database(resources, caller.tenant, database)]
    return await choose_visible(resources, caller, await list_entries(source, named))


async def list_entries(source: GraphSource, named: Collection[str]) -> Sequence[CatalogueEntry]:
    """List a database's catalogue, and those of these names that are bare labels, whoever may see them."""
    entries = list(await source.list_applications())
    spelled = {each for name in named for each in list_spellings(name)}
    if others := spelled - {each.name for each in entries}:
        entries += await source.find_bare_labels(others)
    return entries


async def list_hidden_applications(resources: Resources, caller: Caller, database: str) -> Sequence[CatalogueEntry]:
    """List what a database's catalogue holds and the caller may not see."""
    if caller.principal.sees_all_applications:
        return ()
    entries = await resources.sources[database].list_applications()
    visible = {each.name for each in await choose_visible(resources, caller, entries)}
    return [each for each in entries if each.name not in visible]


async def require_application(
    resources: Resources, caller: Caller, database: str, name: str, version: str | None = None
) -> CatalogueEntry:
    """Return an application that the caller may see. Raises: UnknownDatabaseError, UnknownApplicationError."""
    source = resources.sources[await require_database(resources, caller.tenant, database)]
    try:
        entry = await _get_application(source, name, version)
    except (UnknownApplicationError, AmbiguousNameError) as error:
        if caller.principal.sees_all_applications:
            raise
        raise UnknownApplicationError(name, database) from error  # as it was sent: how it is spelled may be hidden
    if not await choose_visible(resources, caller, [entry]):
        raise UnknownApplicationError(name, database)
    return entry


async def _get_application(source: GraphSource, name: str, version: str | None) -> CatalogueEntry:
    """Return the application of that name, or of another form of it: names are looked for as they are sent first."""
    try:
        return await source.get_application(name, version)
    except UnknownApplicationError:
        if (spelled := await spell_application(source, name)) == name:
            raise
        return await source.get_application(spelled, version)


async def spell_visible(
    resources: Resources, caller: Caller, database: str, names: Collection[str]
) -> Mapping[str, str]:
    """Map names of applications to how the database spells them; those of which the caller sees none are left out.

    Raises: AmbiguousNameError, of what the caller sees.
    """
    with suppress(UnknownDatabaseError):
        visible = [each.name for each in await list_visible_applications(resources, caller, database, named=names)]
        spelled = {name: choose_spelling(name, visible) for name in names}
        return {name: each for name, each in spelled.items() if each is not None}
    return {}


async def choose_visible(
    resources: Resources, caller: Caller, entries: Sequence[CatalogueEntry]
) -> Sequence[CatalogueEntry]:
    """Choose the applications that the caller may see: the one place that decides it.

    What Graphferry did not import is visible to all of the tenant. What it imported is visible to those who may import,
    to whoever brought it, and to whom it is granted.
    """
    if caller.principal.sees_all_applications:
        return entries
    standings = await _read_standings(resources, caller, entries)
    rated = [(entry, its) for entry, its in zip(entries, standings, strict=True) if _is_visible(its, caller)]
    bare = [entry for entry, its in rated if not entry.catalogued and not its.is_granted]
    behind = await _find_behind_labels(resources, caller, bare)
    return [entry for entry, _ in rated if entry not in behind]


async def _read_standings(
    resources: Resources, caller: Caller, entries: Sequence[CatalogueEntry]
) -> Sequence[Standing]:
    names = [ApplicationName(entry.database, entry.name) for entry in entries]
    return await read_standings(resources, caller, names)


def _is_visible(standing: Standing, caller: Caller) -> bool:
    return standing.imported is None or standing.is_granted or is_own(standing.imported, caller)


async def _find_behind_labels(
    resources: Resources, caller: Caller, bare: Sequence[CatalogueEntry]
) -> Sequence[CatalogueEntry]:
    """Find the bare labels, which any word on nodes is, that lead into what the caller may not see."""
    hidden = {each: await _list_hidden_labels(resources, caller, each) for each in {entry.database for entry in bare}}
    return [
        entry for entry in bare if await resources.sources[entry.database].overlaps(entry.label, hidden[entry.database])
    ]


async def _list_hidden_labels(resources: Resources, caller: Caller, database: str) -> Sequence[str]:
    others = await resources.sources[database].list_applications()
    standings = await _read_standings(resources, caller, others)
    return [each.label for each, its in zip(others, standings, strict=True) if not _is_visible(its, caller)]


async def require_grantable(resources: Resources, caller: Caller, name: ApplicationName) -> ImportedApplication | None:
    """Return the import that gives the caller the right to grant an application; None for an administrator.

    Raises: ForbiddenError.
    """
    if caller.principal.may_administer:
        return None
    (standing,) = await read_standings(resources, caller, [name], if_away=True)
    if standing.imported is None or not is_own(standing.imported, caller):
        raise ForbiddenError("An application is granted by an administrator, or by whoever imported it.")
    return standing.imported


async def choose_grantable(
    resources: Resources, caller: Caller, names: Sequence[ApplicationName]
) -> Sequence[ApplicationName]:
    """Choose those that the caller may grant: an administrator all, others what they brought themselves."""
    if caller.principal.may_administer:
        return names
    standings = await read_standings(resources, caller, names, if_away=True)
    return [
        name
        for name, standing in zip(names, standings, strict=True)
        if standing.imported is not None and is_own(standing.imported, caller)
    ]
