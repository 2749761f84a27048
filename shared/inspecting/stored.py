"""Inspects a stored archive as an import would, without importing it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from shared.archive.digests.node_hashes import HASH_BYTES
from shared.archive.file_identity import require_unchanged
from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.inspection.inspected_archive import InspectedArchive, open_inspected
from shared.archive.inspection.inspection import Inspection
from shared.archive.limits import ArchiveLimits
from shared.archive.manifest import ApplicationManifest
from shared.archive.reading.reader import ArchiveReader
from shared.catalogue import CatalogueEntry
from shared.errors import ApplicationExistsError, CatalogueContentError, GraphferryError, ImportInProgressError
from shared.graph import GraphCounts, SchemaEntry
from shared.jobs.record import ArchiveIdentity
from shared.jobs.requests import InspectRequest
from shared.joining.catalogue_content import require_plain_content, scopes_of
from shared.joining.judging import ApplicationJoins, Wishes, judge_keys
from shared.ports.archives import ArchiveStore
from shared.ports.graph_source import GraphSource
from shared.ports.graph_target import GraphTarget
from shared.ports.import_plans import Placement, PlannedApplication
from shared.rights.applications import list_entries
from shared.spelling import fold, is_same

_NODE_STORE_BYTES, _RELATIONSHIP_STORE_BYTES, _PROPERTY_STORE_BYTES = 15, 34, 41
"""Of a record in Neo4j's store; long texts and indexes come on top."""
_ORDINAL_BYTES = 8
_NO_JOB = ""
"""The id of no job: nothing is left out as staged by it."""


class Reach(Protocol):
    """What an inspection reads with."""

    @property
    def archives(self) -> ArchiveStore:
        """The tenants' folders."""
        ...

    @property
    def sources(self) -> Mapping[str, GraphSource]:
        """By the name of the database, as are the targets."""
        ...

    @property
    def targets(self) -> Mapping[str, GraphTarget]:
        """Where an import would write."""
        ...

    @property
    def foreign(self) -> ForeignDefaults:
        """What elements of foreign archives get that their documents do not say."""
        ...

    @property
    def limits(self) -> ArchiveLimits:
        """What archives may hold."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """What an import would do with an application of the archive."""

    catalogue_content: str | None
    """Why it would be refused for content that is taken for another's; None: it is not."""
    refusal: str | None
    """Why its name or label is not free: others have it, or a job under way; None: it is."""
    joins: ApplicationJoins
    """What becomes of its nodes whose keys are taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """How an application of the archive stands to what the target holds."""

    application: ApplicationManifest
    present: Sequence[CatalogueEntry]
    """Under its name on the target; empty: the name is free."""
    missing_schema: Sequence[SchemaEntry]
    """Indexes and constraints that its source had and the target lacks."""
    foretold: Foretold | None
    """None: not looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskNeed:
    """Bytes that an import takes."""

    inflated_bytes: int
    worker_bytes: int
    """In temporary files, for the time of the import."""
    database_bytes: int
    """In the target's store, at least."""
    free_bytes: int
    """On the volume of the archives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredInspection:
    """What a good archive holds, and what an import of it would meet."""

    inspection: Inspection
    disk: DiskNeed
    database: str | None
    """The target that conflicts were looked for in."""
    conflicts: Sequence[Conflict]


async def inspect_stored(
    reach: Reach,
    tenant: str,
    wanted: InspectRequest,
    *,
    owner: str,
    identity: ArchiveIdentity | None = None,
    foretells: bool = True,
) -> StoredInspection:
    """Inspect an archive of the tenant as an import would; all is told, whoever may see it.

    The owner is whose the temporary file is. Raises: UnknownArchiveError, ArchiveChangedError where the archive has
    another identity, InvalidArchiveError, DiskFullError.
    """
    name = wanted.archive_name
    async with reach.archives.open_local(tenant, name) as path:
        require_unchanged(await reach.archives.identify(path), name, identity)
        async with open_inspected(
            path,
            name=name,
            make_room=partial(reach.archives.create, tenant, owner=owner),
            defaults=reach.foreign.but_for(**asdict(wanted.foreign)),
            limits=reach.limits,
            rename_labels=wanted.rename_labels,
        ) as inspected:
            translated = 0 if inspected.path == path else inspected.path.stat().st_size
            conflicts: Sequence[Conflict] = ()
            if wanted.database:
                conflicts = await _find_conflicts(reach, inspected, wanted, foretells=foretells)
        disk = _disk_need(inspected.inspection.manifest.applications, translated, path.parent)
    return StoredInspection(
        inspection=inspected.inspection, disk=disk, database=wanted.database or None, conflicts=conflicts
    )


def _disk_need(applications: Sequence[ApplicationManifest], translated: int, folder: Path) -> DiskNeed:
    nodes = sum(each.nodes for each in applications)
    stores = (
        nodes * _NODE_STORE_BYTES
        + sum(each.relationships for each in applications) * _RELATIONSHIP_STORE_BYTES
        + sum(each.properties for each in applications) * _PROPERTY_STORE_BYTES
    )
    return DiskNeed(
        inflated_bytes=sum(each.bytes for each in applications),
        worker_bytes=nodes * (HASH_BYTES + _ORDINAL_BYTES) + translated,
        database_bytes=stores,
        free_bytes=shutil.disk_usage(folder).free,
    )


async def _find_conflicts(
    reach: Reach, inspected: InspectedArchive, wanted: InspectRequest, *, foretells: bool
) -> Sequence[Conflict]:
    source, applications = reach.sources[wanted.database], inspected.inspection.manifest.applications
    schema = {_meaning(each) for each in await source.read_schema()}
    catalogue = await list_entries(source, {each.name for each in applications})
    foretold: Sequence[Foretold | None] = [None] * len(applications)
    if foretells:
        foretold = await _foretell(reach, inspected, catalogue, wanted)
    return [
        Conflict(
            application=each,
            present=[entry for entry in catalogue if is_same(entry.name, each.name)],
            missing_schema=[needed for needed in each.indexes_and_constraints if _meaning(needed) not in schema],
            foretold=told,
        )
        for each, told in zip(applications, foretold, strict=True)
    ]


async def _foretell(
    reach: Reach, inspected: InspectedArchive, catalogue: Sequence[CatalogueEntry], wanted: InspectRequest
) -> Sequence[Foretold]:
    """Say for each application what an import would refuse, and do with its nodes whose keys are taken."""
    chosen, there = inspected.inspection.manifest.applications, {fold(entry.name): entry.name for entry in catalogue}
    planned = [_plan(each, there.get(fold(each.name))) for each in chosen]
    scopes = scopes_of(catalogue, planned)
    target = reach.targets[wanted.database]
    lookup = await target.look_up_keys(_NO_JOB, planned)
    wishes = Wishes(join_labels=wanted.join_labels)
    async with ArchiveReader.open(inspected.path, reach.limits) as reader:
        refusals = [
            await _find_refusal(reader, each, one, scopes, target) for each, one in zip(chosen, planned, strict=True)
        ]
        joins = await judge_keys(reader, chosen, planned, lookup, wishes)
    return [
        Foretold(
            catalogue_content=error.message if isinstance(error, CatalogueContentError) else None,
            refusal=None if error is None or isinstance(error, CatalogueContentError) else error.message,
            joins=joined,
        )
        for error, joined in zip(refusals, joins.applications, strict=True)
    ]


async def _find_refusal(
    reader: ArchiveReader,
    application: ApplicationManifest,
    planned: PlannedApplication,
    scopes: Mapping[str, str],
    target: GraphTarget,
) -> GraphferryError | None:
    """Return what an import would be refused with, for its content or for what is there or under way; None: nothing."""
    try:
        await require_plain_content(reader, application, scopes)
        await target.require_beginning(_NO_JOB, [planned])
    except (CatalogueContentError, ApplicationExistsError, ImportInProgressError) as error:
        return error
    return None


def _plan(application: ApplicationManifest, present: str | None) -> PlannedApplication:
    """Plan an import that takes the place of what is there: its own nodes stand in nobody's way."""
    name = present or application.name
    return PlannedApplication(
        name=name,
        label=name,
        version=application.version,
        kind=application.kind,
        catalogue_properties=application.catalogue_properties,
        counts=GraphCounts(nodes=application.nodes, relationships=application.relationships),
        content_labels=application.labels,
        placement=Placement.REPLACE if present else Placement.NEW,
    )


def _meaning(schema: SchemaEntry) -> tuple[object, ...]:
    """Return what makes two indexes or constraints the same, whatever they are called."""
    return schema.kind, schema.type, schema.entity, schema.labels_or_types, schema.properties
