"""What jobs tell goes into JSON and comes back whole, also where another version wrote it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.jobs.summaries import (
    ABSENT,
    AffectedApplication,
    ApplicationStatus,
    ArchiveFacts,
    DifferenceReport,
    DifferingNode,
    ExportedVersion,
    ImportedVersion,
    JoinedReport,
    JoinForecast,
    LostReference,
    LostReport,
    PendingReference,
    ReferencedKey,
    ReferencesReport,
    Refusal,
    RefusedNode,
    RemovedVersion,
    Summary,
    SummaryPart,
    UndoReport,
    UnknownVersion,
)
from shared.jobs.summary_json import from_json, to_json
from shared.references import Direction
from tests.support.summaries import exported, imported, read_recorded

RECORDS = (
    "export",
    "export_for_bulk_import",
    "failed_export",
    "added",
    "replaced",
    "skipped",
    "version_added",
    "foreign",
    "dry_run",
    "deletion",
    "copy",
    "dry_run_of_copy",
    "cancelled_import",
)


def unknown_in(value: object) -> list[object]:
    """List what is unknown in any part."""
    match value:
        case SummaryPart():
            inner = [each for name in value.__dataclass_fields__ for each in unknown_in(getattr(value, name))]
            return [*([value.unknown] if value.unknown else []), *inner]
        case tuple():
            return [found for each in value for found in unknown_in(each)]
        case _:
            return []


@pytest.mark.parametrize("name", RECORDS)
def test_what_was_written_is_understood_and_told_byte_by_byte(name: str) -> None:
    recorded = read_recorded(f"records/{name}")
    summary = from_json(recorded)
    assert unknown_in(summary) == []
    assert orjson.dumps(to_json(summary)) == orjson.dumps(recorded)


def test_an_export_is_understood() -> None:
    summary = from_json(read_recorded("records/export"))
    shop, base = summary.applications_of(ExportedVersion)
    assert (shop.name, shop.version, shop.folder, shop.nodes) == ("Shop", "2.1.0", "left", 3)
    assert (base.name, base.version) == ("Base", None)
    assert summary.applications_of(ImportedVersion) == ()


def test_an_import_is_understood() -> None:
    summary = from_json(read_recorded("records/added"))
    (version,) = summary.applications_of(ImportedVersion)
    assert (version.source_name, version.name, version.status) == ("Shop", "Store", ApplicationStatus.ADDED)
    assert version.difference is ABSENT
    assert summary.references is not None
    assert summary.references.listed[1] == PendingReference(
        application="Base",
        version=None,
        direction=Direction.IN,
        type="KNOWS",
        key=ReferencedKey(label="Loose", properties={"code": {"type": "s", "text": "base"}}),
    )
    assert summary.shared is not None
    assert (summary.shared.joined, summary.shared.listed[0].labels) == (1, ("Type",))
    assert (summary.warnings, summary.affected, summary.dry_run, summary.references_lost) == ((), (), False, None)


def test_an_overwrite_a_dry_run_and_a_deletion_are_understood() -> None:
    replaced, dry_run, deletion = (
        from_json(read_recorded(f"records/{each}")) for each in ("replaced", "dry_run", "deletion")
    )
    assert replaced.affected is not None
    assert replaced.affected[1] == AffectedApplication(name="Web", version="1.0.0", kind="SCRIPT_TASK")
    assert replaced.references_lost is not None
    assert replaced.references_lost.listed[0] == LostReference(
        type="KNOWS", direction=Direction.IN, applications=("Base",)
    )
    assert dry_run.dry_run
    conflict, addition, overwrite = dry_run.applications_of(ImportedVersion)
    assert isinstance(conflict.difference, DifferenceReport)
    assert (conflict.status, conflict.difference.nodes) == (ApplicationStatus.CONFLICT, {"archive": 3, "target": 2})
    assert addition.difference is None
    assert isinstance(overwrite.difference, DifferenceReport)
    assert (overwrite.difference.equal, overwrite.difference.elements) == (True, None)
    assert [each.status for each in deletion.applications_of(RemovedVersion)] == [ApplicationStatus.DELETED] * 2


def test_an_earlier_import_that_says_less_stays_as_it_is() -> None:
    (application,) = read_recorded("records/added")["applications"]
    before = {"applications": [{key: value for key, value in application.items() if key != "kind"}], "warnings": []}
    summary = from_json(before)
    (version,) = summary.applications_of(ImportedVersion)
    assert (version.kind, version.status) == (None, ApplicationStatus.ADDED)
    assert (summary.affected, summary.references, summary.shared) == (None, None, None)
    assert orjson.dumps(to_json(summary)) == orjson.dumps(before)


def with_more(value: object) -> object:
    """Add a key to every object, as a newer version might."""
    match value:
        case dict():
            return {**{key: with_more(each) for key, each in value.items()}, "more": [{"unknown": None}]}
        case list():
            return [with_more(each) for each in value]
        case _:
            return value


@pytest.mark.parametrize("name", RECORDS)
def test_what_a_newer_version_adds_is_told_on(name: str) -> None:
    newer: Any = with_more(read_recorded(f"records/{name}"))
    summary = from_json(newer)
    assert summary.applications is not None or "applications" not in newer
    assert to_json(summary) == newer


@pytest.mark.parametrize(
    "data",
    [
        {"applications": "none"},
        {"applications": ["odd"]},
        {"applications": [to_json(exported()), "odd"]},
        {"archive": {"name": "a.zip", "bytes": "many", "sha256": ""}},
        {"archive": {"name": "a.zip", "bytes": 1, "sha256": "", "more": 1}},
        {"warnings": None, "affected": None, "references": None, "undone": True, "from_database": None},
        {"references": {"connected": 1, "pending": 2}, "dry_run": False, "unknown": {"unknown": 1}},
        {"references_lost": {"count": 1, "listed": [{"type": "T", "direction": "up", "applications": []}]}},
    ],
)
def test_what_has_another_form_is_told_on(data: dict[str, Any]) -> None:
    summary = from_json(data)
    assert summary == Summary(unknown=data)
    assert orjson.dumps(to_json(summary)) == orjson.dumps(data)


LACKING = {key: value for key, value in to_json(imported()).items() if key != "digest"}


@pytest.mark.parametrize("odd", [{}, {"name": "App"}, {**to_json(imported()), "status": 1}, LACKING])
def test_an_application_that_has_another_form_is_told_on_beside_the_others(odd: dict[str, Any]) -> None:
    data = {"applications": [to_json(imported()), odd], "warnings": []}
    summary = from_json(data)
    assert summary == Summary(applications=(imported(), UnknownVersion(unknown=odd)), warnings=())
    assert orjson.dumps(to_json(summary)) == orjson.dumps(data)


def test_a_status_of_another_version_stays_a_word() -> None:
    told = {**to_json(imported()), "status": "merged"}
    summary = from_json({"applications": [told]})
    assert [each.status for each in summary.applications_of(ImportedVersion)] == ["merged"]
    assert orjson.dumps(to_json(summary)) == orjson.dumps({"applications": [told]})


def test_what_was_found_out_since_takes_the_place_of_what_was_unknown() -> None:
    summary = from_json({"references": "many", "more": 1})
    found = ReferencesReport(connected=1, pending=0, listed=())
    told = to_json(replace(summary, references=found))
    assert told == {"references": {"connected": 1, "pending": 0, "listed": []}, "more": 1}


def test_what_has_another_form_stays_within_its_part() -> None:
    odd = {**to_json(imported()), "difference": "great"}
    summary = from_json({"applications": [odd], "warnings": []})
    (version,) = summary.applications_of(ImportedVersion)
    assert (version.difference, version.unknown, summary.unknown) == (ABSENT, {"difference": "great"}, {})


TEXT, NUMBER = st.text(max_size=5), st.integers(min_value=0)
MAYBE = st.none() | TEXT
DIRECTIONS = st.sampled_from(Direction)
STATUSES = st.sampled_from(ApplicationStatus)
VALUES = st.dictionaries(TEXT, st.fixed_dictionaries({"type": TEXT, "text": TEXT}), max_size=2)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=5,
)
UNKNOWN = st.dictionaries(TEXT.map("x-{}".format), JSON, max_size=2)
SIDES = st.fixed_dictionaries({"archive": NUMBER, "target": NUMBER})
BY_NAME = st.dictionaries(TEXT, SIDES, max_size=2)


def parts(part: type[SummaryPart], /, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(part, **fields, unknown=UNKNOWN)


def several(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


IDS = {"service_id": TEXT, "version_id": TEXT}
COUNTS = {"nodes": NUMBER, "relationships": NUMBER}
EXPORTED = parts(ExportedVersion, name=TEXT, version=MAYBE, folder=TEXT, digest=TEXT, **IDS, **COUNTS)
DIFFERENCES = parts(
    DifferenceReport,
    equal=st.booleans(),
    digest=st.fixed_dictionaries({"archive": TEXT, "target": TEXT}),
    nodes=SIDES,
    relationships=SIDES,
    labels=BY_NAME,
    types=BY_NAME,
    elements=st.none() | st.dictionaries(TEXT, JSON, max_size=2),
)
IMPORTED = parts(
    ImportedVersion,
    source_folder=TEXT,
    source_name=TEXT,
    source_version=MAYBE,
    source_service_id=TEXT,
    source_version_id=TEXT,
    kind=MAYBE,
    database=TEXT,
    name=TEXT,
    version=MAYBE,
    status=STATUSES,
    digest=TEXT,
    difference=st.just(ABSENT) | st.none() | DIFFERENCES,
    **IDS,
    **COUNTS,
)
DELETED = st.just(ApplicationStatus.DELETED)
REMOVED = parts(RemovedVersion, name=TEXT, version=MAYBE, database=TEXT, status=DELETED, **IDS, **COUNTS)
KEYS = parts(ReferencedKey, label=TEXT, properties=VALUES)
PENDING = parts(
    PendingReference, application=MAYBE, version=MAYBE, direction=DIRECTIONS, type=TEXT, key=st.none() | KEYS
)
DIFFERING = parts(DifferingNode, labels=several(TEXT), archive=VALUES, target=VALUES)
REFUSED = parts(
    RefusedNode,
    application=TEXT,
    labels=several(TEXT),
    constraint=TEXT,
    key=VALUES,
    reason=st.sampled_from(Refusal) | TEXT,
    properties=several(TEXT),
    labels_differ=st.booleans(),
    nodes=several(NUMBER),
)
LOST = parts(LostReference, type=TEXT, direction=DIRECTIONS, applications=several(TEXT))
SUMMARIES = parts(
    Summary,
    applications=st.none() | several(EXPORTED | IMPORTED | REMOVED | parts(UnknownVersion)),
    archive=st.none() | st.builds(ArchiveFacts, name=TEXT, bytes=NUMBER, sha256=TEXT),
    warnings=st.none() | several(TEXT),
    affected=st.none() | several(parts(AffectedApplication, name=TEXT, version=TEXT, kind=TEXT)),
    references=st.none() | parts(ReferencesReport, connected=NUMBER, pending=NUMBER, listed=several(PENDING)),
    shared=st.none() | parts(JoinedReport, joined=NUMBER, differing=NUMBER, listed=several(DIFFERING), unmarked=NUMBER),
    joins=st.none() | parts(JoinForecast, joined=NUMBER, unmarked=NUMBER, refused=NUMBER, listed=several(REFUSED)),
    references_lost=st.none() | parts(LostReport, count=NUMBER, listed=several(LOST)),
    dry_run=st.booleans(),
    from_database=MAYBE,
    undone=st.none() | parts(UndoReport, nodes_removed=NUMBER, relationships_removed=NUMBER, nodes_left=NUMBER),
)


@given(summary=SUMMARIES)
def test_every_summary_comes_back(summary: Summary) -> None:
    assert from_json(to_json(summary)) == summary


NAMES = st.sampled_from([*Summary.__dataclass_fields__, *ImportedVersion.__dataclass_fields__, "listed", "folder"])
ANYTHING = st.recursive(
    JSON, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES | TEXT, inner, max_size=4), max_leaves=20
)


@given(data=st.dictionaries(NAMES | TEXT, ANYTHING, max_size=6))
def test_every_object_is_read_and_told_on(data: dict[str, Any]) -> None:
    assert to_json(from_json(data)) == data
