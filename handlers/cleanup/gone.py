"""Forgets who has rights on applications that are gone."""

from __future__ import annotations

from shared.errors import UnknownApplicationError
from shared.identity import ApplicationName
from shared.ports.graph_source import GraphSource
from shared.ports.identity import IdentityStore
from shared.rights.standings import find_names


async def forget_if_gone(name: ApplicationName, source: GraphSource, identity: IdentityStore) -> None:
    """Forget an application that has no version left."""
    try:
        await source.get_application(name.application)
    except UnknownApplicationError:
        known = await find_names(identity, source)
        for each in {name.database, *known.present}:
            await identity.forget_application(name._replace(database=each))
