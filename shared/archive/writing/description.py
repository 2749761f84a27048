"""Puts together what a manifest says of a finished application."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shared.archive.canonical.tally import Tally
from shared.archive.manifest import ApplicationManifest, ReferencesManifest
from shared.archive.writing.references_entry import WrittenReferences
from shared.archive.zip.records import EntryRecord
from shared.catalogue import CatalogueEntry
from shared.graph import SchemaEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationFacts:
    """What was read of an application."""

    name: str
    version: str | None
    folder: str
    service_id: str
    version_id: str
    nodes: int
    relationships: int
    digest: str


def describe(
    application: CatalogueEntry,
    *,
    schema: Sequence[SchemaEntry],
    record: EntryRecord,
    sha256: str,
    digest: str,
    tally: Tally,
    is_secured: Callable[[str], bool],
    others: int,
) -> ApplicationManifest:
    """Describe an application by its catalogue entry, its counts, its ZIP entry; its references come later."""
    return ApplicationManifest(
        name=application.name,
        kind=application.kind,
        version=application.version,
        service_id=application.service_id,
        version_id=application.version_id,
        folder=application.database,
        label=application.label,
        catalogued=application.catalogued,
        entry=record.name,
        bytes=record.bytes,
        sha256=sha256,
        nodes=tally.nodes,
        relationships=tally.relationships,
        properties=tally.properties,
        labels=tally.labels,
        types=tally.types,
        digest=digest,
        indexes_and_constraints=tuple(schema),
        external_references={},
        others=others,
        catalogue_properties={key: value for key, value in application.properties.items() if not is_secured(key)},
        shared_nodes=0,
        secured_properties=Counter(tally.stripped),
        fidelity=tally.fidelity,
    )


def add_references(
    application: ApplicationManifest, references: WrittenReferences, hashes: Mapping[str, str]
) -> ApplicationManifest:
    """Add what is known of an application once its references are written."""
    record, manifest = references.record, None
    if record is not None:
        manifest = ReferencesManifest(entry=record.name, bytes=record.bytes, sha256=hashes[record.name])
    return application.model_copy(
        update={
            "external_references": dict(references.counts),
            "references": manifest,
            "shared_nodes": references.shared_nodes,
            "secured_properties": references.stripped + Counter(application.secured_properties),
        }
    )
