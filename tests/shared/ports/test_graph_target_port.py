"""What every GraphTarget does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from shared.concurrency.interruptions import LeaseLost
from shared.errors import (
    ApplicationExistsError,
    ConflictError,
    GraphferryError,
    ImportInProgressError,
    InvalidRequestError,
    UnknownEntryError,
)
from shared.graph import GraphCounts, NodeRow, RelationshipRow
from shared.jobs.summaries import Summary
from shared.ports.graph_target import GraphImport
from shared.ports.import_plans import ImportPlan, JournalPhase, Placement, PlannedApplication
from tests.shared.ports.test_graph_source_port import all_nodes, all_relationships
from tests.support.stacks.databases import SeededDatabase

NODES: list[NodeRow] = [
    (0, ["Class"], {"name": "a"}),
    (1, ["Class", "odd`label\\u0041"], {"name": "b", "tags": ["x", "y"]}),
    (2, ["Application"], {"title": "looks like a catalogue entry"}),
    (3, [], {}),
]
RELATIONSHIPS: list[RelationshipRow] = [
    (0, 0, 1, "CALLS", {"count": 1}),
    (1, 0, 1, "CALLS", {"count": 1}),
    (2, 3, 3, "odd`type\\u0041", {}),
]
APP = PlannedApplication(
    name="App",
    label="App",
    version="1.2.0",
    kind="SERVICE",
    catalogue_properties={"owner": "somebody"},
    counts=GraphCounts(nodes=4, relationships=3),
)
PLAN = ImportPlan(job_id="job-1", epoch=1, sha256="0" * 64, applications=(APP,), summary=Summary(warnings=("before",)))


async def write_all(opened: GraphImport) -> None:
    await opened.write_nodes(0, NODES[:2])
    await opened.write_nodes(2, NODES[2:])
    await opened.write_relationships(0, RELATIONSHIPS)


async def read_back(opened: GraphImport) -> tuple[list[NodeRow], list[RelationshipRow]]:
    nodes = [row async for rows in opened.read_nodes(range(4), batch_size=3) for row in rows]
    relationships = [row async for rows in opened.read_relationships(range(4), batch_size=2) for row in rows]
    return (
        [(row[0], sorted(row[1]), dict(row[2])) for row in nodes],
        sorted(((at, *row[1:]) for at, row in enumerate(relationships)), key=str),
    )


def by_text(rows: Iterable[object]) -> list[str]:
    """Sort rows whose order the database is free to choose."""
    return sorted(map(repr, rows))


async def test_nothing_is_visible_before_publish_and_all_after(seeded: SeededDatabase) -> None:
    opened = await seeded.target.begin(PLAN)
    await write_all(opened)
    assert not await seeded.target.has_application("App")
    assert await seeded.source.list_applications() == []

    nodes, relationships = await read_back(opened)
    assert nodes == [(row[0], sorted(row[1]), row[2]) for row in NODES]
    assert [row[1:] for row in relationships] == [row[1:] for row in RELATIONSHIPS]
    assert await seeded.source.list_applications() == []

    await opened.publish()
    await opened.forget()

    (entry,) = await seeded.source.list_applications()
    assert (entry.name, entry.label, entry.version, dict(entry.properties)) == (
        "App",
        "App",
        "1.2.0",
        {"owner": "somebody"},
    )
    nodes = await all_nodes(seeded.source, "App", 10)
    relationships = await all_relationships(seeded.source, "App", 10)
    assert by_text(row[1:] for row in nodes) == by_text((sorted(row[1]), row[2]) for row in NODES)
    assert by_text(row[3:] for row in relationships) == by_text(row[3:] for row in RELATIONSHIPS)
    assert await seeded.count_everything() == (5, 3)


async def test_undo_leaves_nothing(seeded: SeededDatabase) -> None:
    other = await seeded.add_node(["Other"], {"name": "stays"})
    opened = await seeded.target.begin(PLAN)
    await write_all(opened)
    removed: list[GraphCounts] = []
    opened.on_removed(removed.append)

    report = await opened.undo()

    assert (report.nodes_removed, report.relationships_removed, report.nodes_left) == (4, 3, 0)
    assert (sum(each.nodes for each in removed), sum(each.relationships for each in removed)) == (4, 3)
    assert await seeded.count_everything() == (1, 0)
    assert [row[0] for row in await all_nodes(seeded.source, "Other", 10)] == [other]
    assert await seeded.target.resume(PLAN.job_id, 2) is None


async def test_a_batch_sent_twice_is_written_once(seeded: SeededDatabase) -> None:
    opened = await seeded.target.begin(PLAN)
    await write_all(opened)
    before = await seeded.count_everything()
    await write_all(opened)
    assert await seeded.count_everything() == before


async def test_another_process_resumes_from_the_records(seeded: SeededDatabase) -> None:
    opened = await seeded.target.begin(PLAN)
    await opened.write_nodes(0, NODES[:2])
    taken_over = await seeded.target.begin(replace(PLAN, epoch=2))

    assert list(await taken_over.nodes_written()) == [range(2)]
    assert list(await taken_over.relationships_written()) == []
    await taken_over.write_nodes(2, NODES[2:])
    await taken_over.write_relationships(0, RELATIONSHIPS)
    assert (await read_back(taken_over))[0] == [(row[0], sorted(row[1]), row[2]) for row in NODES]


async def test_the_older_epoch_can_no_longer_write(seeded: SeededDatabase) -> None:
    old = await seeded.target.begin(PLAN)
    await old.write_nodes(0, NODES[:2])
    await seeded.target.resume(PLAN.job_id, 2)

    with pytest.raises(LeaseLost):
        await old.write_nodes(2, NODES[2:])
    with pytest.raises(LeaseLost):
        await old.publish()
    with pytest.raises(LeaseLost):
        await old.undo()
    with pytest.raises(LeaseLost):
        await seeded.target.begin(PLAN)


async def test_publish_may_be_repeated_by_the_next_holder(seeded: SeededDatabase) -> None:
    opened = await seeded.target.begin(PLAN)
    await write_all(opened)
    await opened.publish()
    again = await seeded.target.resume(PLAN.job_id, 2)
    assert again is not None
    assert again.phase is JournalPhase.PUBLISHED
    assert again.summary == PLAN.summary
    await again.publish()
    await again.forget()
    assert len(await seeded.source.list_applications()) == 1


async def test_undo_may_be_done_by_the_next_holder(seeded: SeededDatabase) -> None:
    await write_all(await seeded.target.begin(PLAN))
    again = await seeded.target.resume(PLAN.job_id, 2)
    assert again is not None
    await again.undo()
    assert await seeded.count_everything() == (0, 0)


@pytest.mark.parametrize("catalogued", [True, False])
async def test_a_name_in_use_is_refused_without_a_trace(seeded: SeededDatabase, catalogued: bool) -> None:
    await seeded.add_node(["Application"] if catalogued else ["App"], {"Name": "App"})
    before = await seeded.count_everything()
    with pytest.raises(ApplicationExistsError, match="import_as"):
        await seeded.target.begin(PLAN)
    assert await seeded.count_everything() == before


async def test_two_imports_of_one_name_at_once_are_refused(seeded: SeededDatabase) -> None:
    await seeded.target.begin(PLAN)
    with pytest.raises(ImportInProgressError):
        await seeded.target.begin(replace(PLAN, job_id="job-2"))
    await seeded.target.begin(
        replace(PLAN, job_id="job-3", applications=(replace(APP, name="Another", label="Another"),))
    )


async def test_several_applications_become_visible_together(seeded: SeededDatabase) -> None:
    other = replace(APP, name="Other", label="odd`label", counts=GraphCounts(nodes=1, relationships=1))
    opened = await seeded.target.begin(replace(PLAN, applications=(APP, other)))
    await write_all(opened)
    await opened.write_nodes(4, [(4, ["Class"], {"name": "of the other"})])
    await opened.write_relationships(3, [(3, 4, 4, "CALLS", {})])
    assert await seeded.source.list_applications() == []

    await opened.publish()
    await opened.forget()

    assert [each.name for each in await seeded.source.list_applications()] == ["App", "Other"]
    assert await seeded.source.count("App") == GraphCounts(nodes=4, relationships=3)
    assert await seeded.source.count("odd`label") == GraphCounts(nodes=1, relationships=1)
    assert await seeded.count_everything() == (7, 4)


async def test_one_name_in_use_refuses_all(seeded: SeededDatabase) -> None:
    await seeded.add_node(["Taken"])
    taken = replace(APP, name="Taken", label="Taken")
    with pytest.raises(ApplicationExistsError):
        await seeded.target.begin(replace(PLAN, applications=(APP, taken)))
    assert (await seeded.target.begin(PLAN)).phase is JournalPhase.WRITING


REPLACING = replace(PLAN, applications=(replace(APP, placement=Placement.REPLACE),))


async def seed_old(seeded: SeededDatabase) -> None:
    await seeded.add_node(["Application"], {"Name": "App", "Label": "old", "Version": "1.0.0"})
    await seeded.add_node(["Application"], {"Name": "App", "Label": "App", "Version": "2.0.0"})
    for label in ("old", "App"):
        node = await seeded.add_node([label], {"name": "old"})
        await seeded.add_relationship(node, node, "CALLS")


async def test_a_replaced_application_goes_with_all_its_versions(seeded: SeededDatabase) -> None:
    await seed_old(seeded)
    await seeded.add_node(["Other"])
    opened = await seeded.target.begin(REPLACING)
    await write_all(opened)
    assert [each.version for each in await seeded.source.list_applications()] == ["1.0.0", "2.0.0"]
    assert await seeded.source.count("App") == GraphCounts(nodes=1, relationships=1)

    await opened.publish()
    await opened.forget()

    (entry,) = await seeded.source.list_applications()
    assert entry.version == "1.2.0"
    assert await seeded.source.count("App") == GraphCounts(nodes=4, relationships=3)
    assert await seeded.count_everything() == (6, 3)


async def test_an_undone_replacement_leaves_the_old_alone(seeded: SeededDatabase) -> None:
    await seed_old(seeded)
    before = await seeded.count_everything()
    opened = await seeded.target.begin(REPLACING)
    await write_all(opened)
    await opened.undo()
    assert await seeded.count_everything() == before
    assert await seeded.source.count("App") == GraphCounts(nodes=1, relationships=1)


async def test_a_version_comes_beside_the_others(seeded: SeededDatabase) -> None:
    await seed_old(seeded)
    added = replace(APP, label="App@1.2.0", placement=Placement.VERSION)
    opened = await seeded.target.begin(replace(PLAN, applications=(added,)))
    await write_all(opened)
    await opened.publish()
    await opened.forget()
    assert [each.version for each in await seeded.source.list_applications()] == ["1.0.0", "1.2.0", "2.0.0"]
    with pytest.raises(ApplicationExistsError):
        await seeded.target.begin(replace(PLAN, job_id="again", applications=(replace(added, label="x"),)))


async def add_damaged(seeded: SeededDatabase, labels: Sequence[str] = ()) -> str:
    await seeded.add_node(["Application", *labels], {"Name": "Odd", "Version": 1, "owner": "x"})
    (damaged,) = await seeded.source.list_damaged()
    return damaged.id


async def test_a_damaged_entry_is_repaired(seeded: SeededDatabase) -> None:
    entry = await add_damaged(seeded)
    await seeded.target.repair_entry(entry, {"Version": "2.0", "Label": "Odd2"})
    (found,) = await seeded.source.list_applications()
    assert (found.name, found.label, found.version, found.properties) == ("Odd", "Odd2", "2.0", {"owner": "x"})
    assert await seeded.source.list_damaged() == []
    for refused in (seeded.target.repair_entry(entry, {"Version": None}), seeded.target.remove_entry(entry)):
        with pytest.raises(UnknownEntryError):
            await refused


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ({"Label": "x"}, InvalidRequestError, "still be damaged: Version is of type int"),
        ({"Name": None, "Version": None}, InvalidRequestError, "Name is missing"),
        ({"Name": "App", "Version": "1.0.0"}, ConflictError, "has application 'App' in this version"),
        ({"Label": "App", "Version": None}, ConflictError, "Label 'App' is that of application 'App'"),
        ({"Name": "Other", "Version": "1"}, ConflictError, "Label 'Other' is that of application 'Shown'"),
        ({"Label": "Class", "Version": "1"}, ConflictError, "Nodes of other applications.*'Class'.*another Label"),
        ({"Name": "Class", "Version": None}, ConflictError, "Nodes of other applications.*'Class'"),
    ],
)
async def test_a_repair_takes_nothing_from_others(
    seeded: SeededDatabase, values: dict[str, str | None], error: type[GraphferryError], words: str
) -> None:
    await seeded.add_node(["Application"], {"Name": "App"})
    await seeded.add_node(["Application"], {"Name": "Shown", "Label": "Other"})
    await seeded.add_node(["Other", "Class"])
    entry = await add_damaged(seeded)
    with pytest.raises(error, match=words):
        await seeded.target.repair_entry(entry, values)
    assert [each.id for each in await seeded.source.list_damaged()] == [entry]


async def test_a_repaired_entry_keeps_the_nodes_that_it_meant_and_shares(seeded: SeededDatabase) -> None:
    await seeded.add_node(["Application"], {"Name": "App"})
    await seeded.add_node(["App", "Odd", "Type"])
    entry = await add_damaged(seeded)
    await seeded.target.repair_entry(entry, {"Version": None})
    assert await seeded.source.count("Odd") == GraphCounts(nodes=1, relationships=0)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"Label": "App", "Version": None}, "Job job-1 works on label 'App'"),
        ({"Label": "Class", "Version": None}, "Job job-1 .* brings content"),
        ({"Label": "Loose", "Version": "1"}, "Label 'Loose' is that of application 5"),
    ],
)
async def test_a_repair_takes_no_label_that_is_about_to_be_another_s(
    seeded: SeededDatabase, values: dict[str, str | None], words: str
) -> None:
    entry = await add_damaged(seeded)
    await seeded.add_node(["Application"], {"Name": 5, "Label": "Loose"})
    await seeded.target.begin(replace(PLAN, applications=(replace(APP, content_labels={"Class": 1}),)))
    with pytest.raises(ConflictError, match=words):
        await seeded.target.repair_entry(entry, values)


async def test_a_damaged_entry_is_removed(seeded: SeededDatabase) -> None:
    entry = await add_damaged(seeded)
    await seeded.target.remove_entry(entry)
    assert await seeded.count_everything() == (0, 0)
    for unknown in (entry, "nonsense", "4:00000000-0000-0000-0000-000000000000:1"):
        with pytest.raises(UnknownEntryError):
            await seeded.target.remove_entry(unknown)


async def test_content_that_looks_like_an_entry_stays(seeded: SeededDatabase) -> None:
    await seeded.add_node(["Application"], {"Name": "App"})
    entry = await add_damaged(seeded, ["App"])
    with pytest.raises(ConflictError, match="content of application 'App'"):
        await seeded.target.remove_entry(entry)
