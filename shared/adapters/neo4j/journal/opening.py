"""The parameters of the statement that creates a journal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from shared.adapters.neo4j.journal.journal import TargetSettings
from shared.adapters.neo4j.journal.summaries import format_summary
from shared.catalogue import DEFAULT_VERSION
from shared.ports.import_plans import ImportPlan, JournalPhase, Placement, PlannedApplication, RemovalPlan


def journal_of_import(plan: ImportPlan, claims: Sequence[str], settings: TargetSettings) -> dict[str, Any]:
    """Return the journal of an import that claims these labels, with the catalogue entries that it is to publish."""
    replaced = replaced_by(plan.applications)
    journal = {
        **_describe(plan, settings),
        "sha256": plan.sha256,
        "names": [each.name for each in plan.applications],
        "labels": [each.label for each in plan.applications],
        "claims": claims,
        "versions": [each.version or DEFAULT_VERSION for each in plan.applications],
        "replaced": [name for name, _ in replaced],
        "replaced_versions": [version for _, version in replaced],
        "ends": list(accumulate(each.counts.nodes for each in plan.applications)),
        "content_labels": sorted(plan.content_labels),
    }
    catalogue = [
        {
            **each.catalogue_properties,
            "Name": each.name,
            "Label": each.label,
            "Version": each.version,
            "Kind": each.kind,
            "ServiceId": each.service_id,
            "VersionId": each.version_id,
        }
        for each in plan.applications
    ]
    return {"journal": journal, "catalogue": catalogue}


def journal_of_removal(plan: RemovalPlan, labels: Sequence[str], settings: TargetSettings) -> dict[str, Any]:
    """Return the journal of a removal, which has no content and claims these labels."""
    journal = {
        **_describe(plan, settings),
        "names": [],
        "labels": [],
        "versions": [],
        "claims": labels,
        "replaced": [plan.name],
        "replaced_versions": [plan.version or ""],
        "ends": [],
    }
    return {"journal": journal, "catalogue": []}


def _describe(plan: ImportPlan | RemovalPlan, settings: TargetSettings) -> dict[str, Any]:
    return {
        "job": plan.job_id,
        "installation": settings.installation,
        "epoch": plan.epoch,
        "claim": plan.epoch,
        "phase": JournalPhase.WRITING.value,
        "lanes": settings.lanes,
        "summary": format_summary(plan.summary),
    }


def replaced_by(applications: Sequence[PlannedApplication]) -> list[tuple[str, str]]:
    """Return what goes, by name and version; an empty version means all."""
    versions = {(each.name, _replaced_version(each)) for each in applications}
    return sorted((name, version) for name, version in versions if version is not None)


def _replaced_version(application: PlannedApplication) -> str | None:
    match application.placement:
        case Placement.REPLACE:
            return ""
        case Placement.REPLACE_VERSION:
            return application.version or DEFAULT_VERSION
        case Placement.NEW | Placement.VERSION:
            return None
