"""Inspects a stored archive as an import would, without importing it."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import uuid_utils

from shared.archive.digests.node_hashes import HASH_BYTES
from shared.archive.inspection.inspected_archive import InspectedArchive, open_inspected
from shared.archive.inspection.inspection import Inspection
from shared.archive.manifest import ApplicationManifest
from shared.archive.reading.reader import ArchiveReader
from shared.caller import Caller
from shared.catalogue import CatalogueEntry
from shared.errors import CatalogueContentError
from shared.graph import GraphCounts, SchemaEntry
from shared.jobs.requests import ForeignNames
from shared.joining.catalogue_content import require_plain_content, scopes_of
from shared.joining.judging import ApplicationJoins, Wishes, judge_keys
from shared.ports.graph_source import GraphSource
from shared.ports.import_plans import Placement, PlannedApplication
from shared.resources import Resources
from shared.rights.applications import list_visible_applications

_NODE_STORE_BYTES, _RELATIONSHIP_STORE_BYTES, _PROPERTY_STORE_BYTES = 15, 34, 41
"""Of a record in Neo4j's store; long texts and indexes come on top."""
_ORDINAL_BYTES = 8
_NO_JOB = ""
"""The id of no job: nothing is left out as staged by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an import would be told, as far as it decides what the archive holds and what becomes of its nodes."""

    foreign: ForeignNames
    join_labels: Collection[str]
    rename_labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """What an import would do with an application of the archive."""

    catalogue_content: str | None
    """Why it would be refused for content that is taken for another's; None: it is not."""
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
    """None: the caller may not import, and may not know of all that the target holds."""


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
    resources: Resources, caller: Caller, name: str, source: GraphSource | None, wanted: Wanted
) -> StoredInspection:
    """Inspect an archive of the tenant as an import into the database would, but for what the caller may not see.

    Raises: UnknownArchiveError, InvalidArchiveError, DiskFullError.
    """
    defaults = resources.foreign.but_for(**asdict(wanted.foreign))
    make_room = partial(resources.archives.create, caller.tenant, owner=f"inspection-{uuid_utils.uuid7()}")
    async with (
        resources.archives.open_local(caller.tenant, name) as path,
        open_inspected(
            path,
            name=name,
            make_room=make_room,
            defaults=defaults,
            limits=resources.limits,
            rename_labels=wanted.rename_labels,
        ) as inspected,
    ):
        translated = 0 if inspected.path == path else inspected.path.stat().st_size
        conflicts: Sequence[Conflict] = ()
        if source is not None:
            wishes = Wishes(join_labels=wanted.join_labels)
            conflicts = await _find_conflicts(resources, caller, inspected, source, wishes)
    inspection = inspected.inspection
    return StoredInspection(
        inspection=inspection,
        disk=_disk_need(inspection.manifest.applications, translated, resources.settings.data_dir),
        database=None if source is None else source.database,
        conflicts=conflicts,
    )


def _disk_need(applications: Sequence[ApplicationManifest], translated: int, volume: Path) -> DiskNeed:
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
        free_bytes=shutil.disk_usage(volume).free,
    )


async def _find_conflicts(
    resources: Resources, caller: Caller, inspected: InspectedArchive, source: GraphSource, wishes: Wishes
) -> Sequence[Conflict]:
    applications = inspected.inspection.manifest.applications
    schema = {_meaning(each) for each in await source.read_schema()}
    named = {each.name for each in applications}
    catalogue = await list_visible_applications(resources, caller, source.database, named=named)
    foretold: Sequence[Foretold | None] = [None] * len(applications)
    if caller.principal.sees_all_applications:
        foretold = await _foretell(resources, inspected, catalogue, source.database, wishes)
    return [
        Conflict(
            application=each,
            present=[entry for entry in catalogue if entry.name == each.name],
            missing_schema=[needed for needed in each.indexes_and_constraints if _meaning(needed) not in schema],
            foretold=told,
        )
        for each, told in zip(applications, foretold, strict=True)
    ]


async def _foretell(
    resources: Resources,
    inspected: InspectedArchive,
    catalogue: Sequence[CatalogueEntry],
    database: str,
    wishes: Wishes,
) -> Sequence[Foretold]:
    """Say for each application what an import would refuse, and do with its nodes whose keys are taken."""
    chosen, there = inspected.inspection.manifest.applications, {entry.name for entry in catalogue}
    planned = [_plan(each, is_there=each.name in there) for each in chosen]
    scopes = scopes_of(catalogue, planned)
    lookup = await resources.targets[database].look_up_keys(_NO_JOB, planned)
    async with ArchiveReader.open(inspected.path, resources.limits) as reader:
        contents = [await _find_catalogue_content(reader, each, scopes) for each in chosen]
        joins = await judge_keys(reader, chosen, [each.name for each in planned], lookup, wishes)
    pairs = zip(contents, joins.applications, strict=True)
    return [Foretold(catalogue_content=content, joins=joined) for content, joined in pairs]


async def _find_catalogue_content(
    reader: ArchiveReader, application: ApplicationManifest, scopes: Mapping[str, str]
) -> str | None:
    try:
        await require_plain_content(reader, application, scopes)
    except CatalogueContentError as error:
        return error.message
    return None


def _plan(application: ApplicationManifest, *, is_there: bool) -> PlannedApplication:
    """Plan an import that takes the place of what is there: its own nodes stand in nobody's way."""
    return PlannedApplication(
        name=application.name,
        label=application.name,
        version=application.version,
        kind=application.kind,
        catalogue_properties=application.catalogue_properties,
        counts=GraphCounts(nodes=application.nodes, relationships=application.relationships),
        placement=Placement.REPLACE if is_there else Placement.NEW,
    )


def _meaning(schema: SchemaEntry) -> tuple[object, ...]:
    """Return what makes two indexes or constraints the same, whatever they are called."""
    return schema.kind, schema.type, schema.entity, schema.labels_or_types, schema.properties
