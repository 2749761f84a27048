"""Decides what an import does with each application of an archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from handlers.imports.identities import Identities, Identity
from shared.archive.manifest import ApplicationManifest
from shared.catalogue import (
    DEFAULT_VERSION,
    CatalogueEntry,
    next_version,
    require_application_name,
    service_id_of,
    version_id_of,
    version_order,
)
from shared.catalogue_names import spell_application
from shared.errors import ApplicationExistsError, InvalidRequestError, UnknownApplicationError
from shared.graph import GraphCounts
from shared.jobs.requests import ApplicationChoice, ConflictAction
from shared.jobs.summaries import ApplicationStatus, ImportedVersion
from shared.ports.graph_source import GraphSource
from shared.ports.import_plans import Placement, PlannedApplication
from shared.spelling import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of one application."""

    application: ApplicationManifest
    status: ApplicationStatus
    name: str
    """On the target."""
    version: str | None
    planned: PlannedApplication | None
    """None: it is skipped."""
    identity: Identity
    """Its ids, or those of what stays instead of it."""
    present: CatalogueEntry | None = None
    """The version, or the newest, that the target holds under the wanted name."""
    going: Sequence[CatalogueEntry] = ()
    """What it takes the place of."""

    def describe(self, database: str) -> ImportedVersion:
        """Return what the summary says of the application."""
        source, ids = self.application, self.identity
        return ImportedVersion(
            source_folder=source.folder,
            source_name=source.name,
            source_version=source.version,
            source_service_id=source.service_id,
            source_version_id=source.version_id,
            kind=source.kind,
            database=database,
            name=self.name,
            version=self.version,
            service_id=ids.service_id or service_id_of(database, self.name),
            version_id=ids.version_id or version_id_of(database, self.name, self.version),
            status=self.status,
            nodes=source.nodes,
            relationships=source.relationships,
            digest=source.digest,
        )


@dataclass(slots=True)
class _Known:
    """What the target holds under one name, grown by what was decided already."""

    name: str
    entries: Sequence[CatalogueEntry]
    versions: list[str] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    """Taken in this import."""

    def find(self, version: str | None) -> CatalogueEntry | None:
        """Return the entry of a version."""
        wanted = version or DEFAULT_VERSION
        return next((each for each in self.entries if (each.version or DEFAULT_VERSION) == wanted), None)

    def label_for(self, version: str | None, placement: Placement) -> str:
        """Return the scope label of a version to come: the name itself for the first."""
        is_first = placement is not Placement.VERSION and not self.labels
        return self.name if is_first else f"{self.name}@{version or DEFAULT_VERSION}"

    @property
    def newest(self) -> str:
        found = [*(each.version or DEFAULT_VERSION for each in self.entries), *self.versions]
        return max(found, key=version_order)


class Decisions:
    """Decides for one import, application by application in the archive's order."""

    def __init__(self, source: GraphSource) -> None:
        self._source = source
        self._known: dict[str, _Known] = {}
        self._catalogue: Sequence[CatalogueEntry] | None = None
        self._identities = Identities(source.database, ())

    async def foresee(self, application: ApplicationManifest, choice: ApplicationChoice) -> Decision:
        """Decide for one application as for a dry run: a conflict is a decision too."""
        known = await self._look_up(choice.name)
        choice = replace(choice, name=known.name)
        present = known.find(application.version)
        if present is None and known.entries and not choice.by_version:
            present = known.entries[-1]
        try:
            return replace(await self.decide(application, choice), present=present)
        except ApplicationExistsError:
            return Decision(
                application=application,
                status=ApplicationStatus.CONFLICT,
                name=choice.name,
                version=application.version,
                planned=None,
                identity=Identity(),
                present=present,
            )

    async def decide(self, application: ApplicationManifest, choice: ApplicationChoice) -> Decision:
        """Decide for one application. Raises: ApplicationExistsError, InvalidRequestError."""
        known = await self._look_up(choice.name)
        choice = replace(choice, name=known.name)
        if not known.entries:
            return self._place(application, choice.name, application.version, Placement.NEW, ApplicationStatus.ADDED)
        if choice.by_version:
            return self._decide_version(application, choice, known.find(application.version))
        match choice.on_conflict:
            case ConflictAction.FAIL:
                raise ApplicationExistsError(choice.name, self._source.database)
            case ConflictAction.SKIP:
                return _skip(application, known.entries[-1])
            case ConflictAction.OVERWRITE:
                return self._replace(application, choice.name, known.entries)
            case ConflictAction.ADD_VERSION:
                version = next_version(known.newest, choice.version_step)
                return self._place(
                    application, choice.name, version, Placement.VERSION, ApplicationStatus.VERSION_ADDED
                )
            case ConflictAction.RENAME:
                return await self._rename(application, choice)

    def _decide_version(
        self, application: ApplicationManifest, choice: ApplicationChoice, present: CatalogueEntry | None
    ) -> Decision:
        """Decide where other versions do not count. Raises: ApplicationExistsError."""
        name, version = choice.name, application.version
        if present is None:
            return self._place(application, name, version, Placement.VERSION, ApplicationStatus.VERSION_ADDED)
        match choice.on_conflict:
            case ConflictAction.SKIP:
                return _skip(application, present)
            case ConflictAction.OVERWRITE if present.catalogued:
                return self._place(
                    application,
                    name,
                    version,
                    Placement.REPLACE_VERSION,
                    ApplicationStatus.REPLACED,
                    label=present.label,
                    going=[present],
                )
            case ConflictAction.OVERWRITE:
                return self._replace(application, name, [present])
            case ConflictAction.FAIL | ConflictAction.ADD_VERSION | ConflictAction.RENAME:
                raise ApplicationExistsError(f"{name}:{version or DEFAULT_VERSION}", self._source.database)

    def _replace(self, application: ApplicationManifest, name: str, going: Sequence[CatalogueEntry]) -> Decision:
        status = ApplicationStatus.REPLACED
        return self._place(application, name, application.version, Placement.REPLACE, status, going=going)

    async def _rename(self, application: ApplicationManifest, choice: ApplicationChoice) -> Decision:
        """Place it under a name that must be free. Raises: ApplicationExistsError, InvalidRequestError."""
        name = require_application_name(f"{choice.name}_{choice.suffix}")
        if (await self._look_up(name)).entries:
            raise ApplicationExistsError(name, self._source.database)
        return self._place(application, name, application.version, Placement.NEW, ApplicationStatus.ADDED)

    async def _look_up(self, name: str) -> _Known:
        """Look up what the target holds under a name, which it may spell otherwise."""
        if fold(name) not in self._known:
            name = await spell_application(self._source, name)
            self._known[fold(name)] = _Known(name, await self._find_entries(name))
        return self._known[fold(name)]

    async def _find_entries(self, name: str) -> Sequence[CatalogueEntry]:
        entries = [each for each in await self._list_catalogue() if each.name == name]
        if entries:
            return entries
        try:
            return [await self._source.get_application(name)]
        except UnknownApplicationError:
            return []

    async def _list_catalogue(self) -> Sequence[CatalogueEntry]:
        if self._catalogue is None:
            self._catalogue = await self._source.list_applications()
            self._identities = Identities(self._source.database, self._catalogue)
        return self._catalogue

    def _place(
        self,
        application: ApplicationManifest,
        name: str,
        version: str | None,
        placement: Placement,
        status: ApplicationStatus,
        *,
        label: str | None = None,
        going: Sequence[CatalogueEntry] = (),
    ) -> Decision:
        known = self._known[fold(name)]
        if (version or DEFAULT_VERSION) in known.versions:
            raise InvalidRequestError(
                f"Several applications of the archive would be {name}:{version or DEFAULT_VERSION}; "
                "import them under names of their own."
            )
        label = label or known.label_for(version, placement)
        known.labels.add(label)
        known.versions.append(version or DEFAULT_VERSION)
        identity = self._identities.decide(application, name, version, going)
        planned = PlannedApplication(
            name=name,
            label=label,
            version=version,
            kind=application.kind,
            service_id=identity.service_id,
            version_id=identity.version_id,
            catalogue_properties=application.catalogue_properties,
            counts=GraphCounts(nodes=application.nodes, relationships=application.relationships),
            content_labels=application.labels,
            placement=placement,
        )
        return Decision(
            application=application,
            status=status,
            name=name,
            version=version,
            planned=planned,
            going=going,
            identity=identity,
        )


def _skip(application: ApplicationManifest, kept: CatalogueEntry) -> Decision:
    return Decision(
        application=application,
        status=ApplicationStatus.SKIPPED,
        name=kept.name,
        version=kept.version,
        planned=None,
        identity=Identity(service_id=kept.service_id, version_id=kept.version_id),
    )
