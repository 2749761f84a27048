"""Requests with names as they are stored: rights, and jobs that concern one application, are found by these."""

from __future__ import annotations

from dataclasses import replace

from shared.caller import Caller
from shared.jobs.requests import (
    ApplicationChoice,
    ApplicationReference,
    CopyRequest,
    DeleteRequest,
    ExportRequest,
    ImportRequest,
    InspectRequest,
    JobRequest,
)
from shared.resources import Resources
from shared.rights.applications import spell_visible
from shared.rights.databases import spell_database


class Spelling:
    """How the databases of a tenant spell what a request of this caller names."""

    def __init__(self, resources: Resources, caller: Caller) -> None:
        self._resources = resources
        self._caller = caller

    async def respell(self, request: JobRequest) -> JobRequest:
        """Return the request with the names of its databases, and of the applications in them, as they are there.

        Raises: AmbiguousNameError; as the ports.
        """
        match request:
            case ExportRequest(database=database):
                applications = tuple([await self._refer(database, each) for each in request.applications])
                return replace(request, database=await self._database(database), applications=applications)
            case ImportRequest(database=database):
                import_as = request.import_as and await self._application(database, request.import_as)
                choices = tuple([await self._choose(database, each) for each in request.choices])
                return replace(request, database=await self._database(database), import_as=import_as, choices=choices)
            case CopyRequest(from_database=source, to_database=target):
                read = [await self._read(source, each) for each in request.choices]
                choices = tuple([await self._choose(target, each) for each in read])
                source, target = await self._database(source), await self._database(target)
                return replace(request, from_database=source, to_database=target, choices=choices)
            case DeleteRequest(database=database):
                name = await self._application(database, request.name)
                return replace(request, database=await self._database(database), name=name)
            case InspectRequest():
                return replace(request, database=await self._database(request.database))

    async def _refer(self, database: str, reference: ApplicationReference) -> ApplicationReference:
        name = await self._application(reference.database or database, reference.name)
        own = reference.database and await self._database(reference.database)
        return replace(reference, name=name, database=own)

    async def _choose(self, database: str, choice: ApplicationChoice) -> ApplicationChoice:
        return replace(choice, name=await self._application(database, choice.name))

    async def _read(self, database: str, choice: ApplicationChoice) -> ApplicationChoice:
        return replace(choice, source_name=await self._application(database, choice.source_name))

    async def _database(self, name: str) -> str:
        return await spell_database(self._resources, self._caller.tenant, name)

    async def _application(self, database: str, name: str) -> str:
        return await spell_visible(self._resources, self._caller, database, name)
