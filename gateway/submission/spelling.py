"""Requests with names as they are stored: rights, and jobs that concern one application, are found by these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from shared.caller import Caller
from shared.identity import ApplicationName
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


async def respell(resources: Resources, caller: Caller, request: JobRequest) -> JobRequest:
    """Return the request with the names of its databases, and of the applications in them, as they are there.

    Raises: AmbiguousNameError; as the ports.
    """
    databases = {each.database for each in _list_named(request)}
    spelled = {each: await spell_database(resources, caller.tenant, each) for each in sorted(databases)}
    spelling = _Spelling(spelled, await _spell_applications(resources, caller, _list_named(request)))
    return spelling.respell(request)


async def _spell_applications(
    resources: Resources, caller: Caller, named: Iterable[ApplicationName]
) -> Mapping[ApplicationName, str]:
    """Look for the names that may be spelled in several ways; each database is asked once."""
    odd: dict[str, list[str]] = {}
    for each in named:
        if not each.application.isascii():
            odd.setdefault(each.database, []).append(each.application)
    return {
        ApplicationName(database, name): spelled
        for database, names in odd.items()
        for name, spelled in (await spell_visible(resources, caller, database, names)).items()
    }


def _list_named(request: JobRequest) -> Sequence[ApplicationName]:
    """List the databases that a request names, each with an application, or with none (an empty name)."""
    match request:
        case ExportRequest(database=database):
            named = [ApplicationName(each.database or database, each.name) for each in request.applications]
            return [ApplicationName(database, ""), *named]
        case ImportRequest(database=database):
            named = [ApplicationName(database, each.name) for each in request.choices]
            return [ApplicationName(database, request.import_as or ""), *named]
        case CopyRequest(from_database=source, to_database=target):
            read = [ApplicationName(source, each.source_name) for each in request.choices]
            written = [ApplicationName(target, each.name) for each in request.choices]
            return [ApplicationName(source, ""), ApplicationName(target, ""), *read, *written]
        case DeleteRequest():
            return [ApplicationName(request.database, request.name)]
        case InspectRequest():
            return [ApplicationName(request.database, "")]


@dataclass(frozen=True, slots=True)
class _Spelling:
    """How names are spelled: those of databases, and those of applications that may be spelled in several ways."""

    databases: Mapping[str, str]
    applications: Mapping[ApplicationName, str]

    def respell(self, request: JobRequest) -> JobRequest:
        match request:
            case ExportRequest(database=database):
                applications = tuple(self._refer(database, each) for each in request.applications)
                return replace(request, database=self.databases[database], applications=applications)
            case ImportRequest(database=database):
                import_as = request.import_as and self._application(database, request.import_as)
                choices = tuple(self._choose(database, each) for each in request.choices)
                return replace(request, database=self.databases[database], import_as=import_as, choices=choices)
            case CopyRequest(from_database=source, to_database=target):
                choices = tuple(self._read(source, self._choose(target, each)) for each in request.choices)
                source, target = self.databases[source], self.databases[target]
                return replace(request, from_database=source, to_database=target, choices=choices)
            case DeleteRequest(database=database):
                name = self._application(database, request.name)
                return replace(request, database=self.databases[database], name=name)
            case InspectRequest():
                return replace(request, database=self.databases[request.database])

    def _refer(self, database: str, reference: ApplicationReference) -> ApplicationReference:
        name = self._application(reference.database or database, reference.name)
        own = reference.database and self.databases[reference.database]
        return replace(reference, name=name, database=own)

    def _choose(self, database: str, choice: ApplicationChoice) -> ApplicationChoice:
        return replace(choice, name=self._application(database, choice.name))

    def _read(self, database: str, choice: ApplicationChoice) -> ApplicationChoice:
        return replace(choice, source_name=self._application(database, choice.source_name))

    def _application(self, database: str, name: str) -> str:
        return self.applications.get(ApplicationName(database, name), name)
