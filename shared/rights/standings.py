"""How callers stand to applications, whatever names settings give, or gave, to the database that holds them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace

from shared.caller import Caller
from shared.errors import DatabaseUnavailableError
from shared.identity import ApplicationName, DatabaseNames, Grant, ImportedApplication, Standing
from shared.ports.graph_source import GraphSource
from shared.ports.identity import IdentityStore
from shared.resources import Resources


async def find_names(identity: IdentityStore, source: GraphSource) -> DatabaseNames:
    """Find the names of a source's database, by its server's own id. Raises: DatabaseUnavailableError."""
    return await identity.note_database(await source.read_database_id(), source.database)


async def read_standings(
    resources: Resources, caller: Caller, names: Sequence[ApplicationName], *, if_away: bool = False
) -> Sequence[Standing]:
    """Read for each application how the caller stands to it.

    Raises: DatabaseUnavailableError, unless `if_away`: then only the name counts that a database out of reach has now.
    """
    databases = {name.database for name in names}
    known = {each: await _find_names(resources, each, if_away=if_away) for each in databases}
    asked = [
        ApplicationName(database, name.application)
        for name in names
        for database in (*known[name.database].present, *known[name.database].former)
    ]
    standings = iter(await resources.identity.read_standings(caller.tenant, caller.user, asked))
    return [_merge(known[name.database], standings, caller) for name in names]


async def list_same_grants(resources: Resources, grant: Grant) -> Sequence[Grant]:
    """List the tenant's grants that say the same, under whatever name of the database."""
    names = await list_names(resources, grant.application.database)
    return [
        each
        for each in await resources.identity.list_grants(grant.tenant)
        if each.user == grant.user
        and each.application.application == grant.application.application
        and each.application.database in names
    ]


async def list_names(resources: Resources, database: str) -> frozenset[str]:
    """List the names of a database, this one among them; no others while it is out of reach."""
    names = await _find_names(resources, database, if_away=True)
    return frozenset((database, *names.present))


async def _find_names(resources: Resources, database: str, *, if_away: bool) -> DatabaseNames:
    """Find the names of a database, which settings may no longer have. Raises: DatabaseUnavailableError."""
    with suppress(DatabaseUnavailableError) if if_away else nullcontext():
        if database in resources.sources:
            return await find_names(resources.identity, resources.sources[database])
    return DatabaseNames(present=(database,))


def _merge(names: DatabaseNames, standings: Iterator[Standing], caller: Caller) -> Standing:
    """Take one standing for each name, and make one of them.

    Under a former name, what was granted may now be meant for another database: it only keeps hidden what was hidden.
    """
    present = [next(standings) for _ in names.present]
    former = [next(standings) for _ in names.former]
    imports = [each.imported for each in present if each.imported is not None]
    imports += [replace(each.imported, user="") for each in former if each.imported is not None]
    own = (each for each in imports if is_own(each, caller))
    return Standing(
        imported=next(own, imports[0] if imports else None), is_granted=any(each.is_granted for each in present)
    )


def is_own(imported: ImportedApplication, caller: Caller) -> bool:
    """Return whether it was the caller who brought the application."""
    return (imported.tenant, imported.user) == (caller.tenant, caller.user)
