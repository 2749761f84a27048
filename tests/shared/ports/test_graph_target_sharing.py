"""What every GraphTarget does with nodes that several applications share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from shared.adapters.neo4j.replacing import stepping_back
from shared.adapters.neo4j.target import publishing
from shared.errors import ConstraintViolatedError, NodeStagedError
from shared.graph import GraphCounts, NodeRow, RelationshipRow
from shared.jobs.summaries import Summary
from shared.packing.ordinals import OrdinalSet
from shared.ports.graph_target import GraphImport
from shared.ports.import_plans import ImportPlan, Placement, RemovalPlan
from tests.shared.ports.test_graph_source_port import all_nodes, all_relationships
from tests.shared.ports.test_graph_target_port import APP, PLAN
from tests.support.stacks.databases import SeededDatabase

NODES: list[NodeRow] = [
    (0, ["Object"], {"name": "mine"}),
    (1, ["Type"], {"id": "class", "note": "ours"}),
    (2, ["Type"], {"id": "table"}),
    (3, ["Type"], {"id": "field"}),
]
RELATIONSHIPS: list[RelationshipRow] = [
    (0, 0, 1, "HAS_TYPE", {}),
    (1, 1, 0, "LISTS", {"n": 1}),
    (2, 1, 2, "CONTAINS", {"n": 2}),
    (3, 1, 2, "CONTAINS", {"n": 2}),
    (4, 2, 3, "CONTAINS", {}),
]
COUNTS = GraphCounts(nodes=4, relationships=5)
PLANNED = replace(APP, counts=COUNTS)
SIMPLE = replace(PLAN, applications=(PLANNED,))


def marks(*ordinals: int) -> OrdinalSet:
    shared = OrdinalSet(8)
    shared.update(ordinals)
    return shared


async def seed(seeded: SeededDatabase, *, owner: str | None = "Other") -> list[int]:
    """Make an application that has two of the types, with a relationship between them."""
    await seeded.add_constraint("Type", "id")
    if owner is not None:
        await seeded.add_node(["Application"], {"Name": owner})
    labels = [] if owner is None else [owner]
    types = [await seeded.add_node(["Type", *labels], {"id": each, "note": "theirs"}) for each in ("class", "table")]
    await seeded.add_relationship(types[0], types[1], "CONTAINS", {"n": 2})
    return types


async def begin(seeded: SeededDatabase, plan: ImportPlan = SIMPLE, *, shared: Sequence[int] = (1, 2, 3)) -> GraphImport:
    opened = await seeded.target.begin(plan)
    opened.mark_shared(marks(*shared))
    await opened.write_nodes(0, NODES[:2])
    await opened.write_nodes(2, NODES[2:])
    await opened.write_relationships(0, RELATIONSHIPS)
    return opened


async def complete(opened: GraphImport) -> None:
    await opened.publish()
    await opened.forget()


async def content(seeded: SeededDatabase, label: str) -> tuple[list[str], list[str]]:
    """Give nodes by their id or name with their note, relationships by their ends."""
    found = await all_nodes(seeded.source, label, 10)
    names = {row[0]: str(row[2].get("id", row[2].get("name"))) for row in found}
    relationships = await all_relationships(seeded.source, label, 10)
    return (
        sorted(f"{names[row[0]]} {row[2].get('note')!s}" for row in found),
        sorted(f"{names[row[1]]} {row[3]} {names[row[2]]}" for row in relationships),
    )


EDGES = [
    "class CONTAINS table",
    "class CONTAINS table",
    "class LISTS mine",
    "mine HAS_TYPE class",
    "table CONTAINS field",
]


async def test_shared_nodes_are_joined_to_those_that_are_there(seeded: SeededDatabase) -> None:
    await seed(seeded)
    before = await content(seeded, "Other")
    opened = await begin(seeded)
    assert sorted(opened.joined) == [1, 2]
    assert await content(seeded, "Other") == before

    await complete(opened)

    assert await content(seeded, "App") == (
        ["class theirs", "field None", "mine None", "table theirs"],
        [
            "class CONTAINS table",
            "class CONTAINS table",
            "class LISTS mine",
            "mine HAS_TYPE class",
            "table CONTAINS field",
        ],
    )
    assert (await content(seeded, "Other"))[0] == before[0]
    assert await seeded.count_everything() == (6, 5)


async def test_settings_may_call_a_label_shared(seeded: SeededDatabase) -> None:
    await seeded.add_constraint("Technology", "id")
    await seeded.add_node(["Technology"], {"id": 1})
    opened = await seeded.target.begin(
        replace(PLAN, applications=(replace(APP, counts=GraphCounts(nodes=1, relationships=0)),))
    )
    await opened.write_nodes(0, [(0, ["Technology"], {"id": 1})])
    assert list(opened.joined) == [0]
    await complete(opened)
    assert await seeded.count_everything() == (2, 0)


async def test_what_is_not_shared_violates_the_constraint(seeded: SeededDatabase) -> None:
    await seed(seeded)
    opened = await seeded.target.begin(SIMPLE)
    opened.mark_shared(marks(2))
    with pytest.raises(ConstraintViolatedError, match="Type"):
        await opened.write_nodes(0, NODES)
    assert await opened.nodes_written() == []


async def test_joined_nodes_are_left_out_of_what_is_read_back(seeded: SeededDatabase) -> None:
    await seed(seeded)
    opened = await begin(seeded)
    again = await seeded.target.resume(PLAN.job_id, 2)
    assert again is not None
    assert list(await again.nodes_written()) == [range(2), range(2, 4)]
    for each in (opened, again):
        nodes = [row async for rows in each.read_nodes(range(4), batch_size=3) for row in rows]
        found = [row async for rows in each.read_relationships(range(4), batch_size=2) for row in rows]
        assert [row[0] for row in nodes] == [0, 3]
        assert sorted(tuple(row[1:4]) for row in found) == [(0, 1, "HAS_TYPE"), (1, 0, "LISTS"), (2, 3, "CONTAINS")]
    (joined,) = await again.read_joined([1])
    assert (joined[0], set(joined[1]), joined[2]) == (1, {"Type", "Other"}, {"id": "class", "note": "theirs"})


async def test_undo_leaves_them_as_they_were(seeded: SeededDatabase) -> None:
    await seed(seeded)
    before = await seeded.count_everything(), await content(seeded, "Other")
    opened = await begin(seeded)
    report = await opened.undo()
    assert (report.nodes_removed, report.nodes_left) == (2, 0)
    assert (await seeded.count_everything(), await content(seeded, "Other")) == before


async def test_two_applications_of_one_import_share_their_own(seeded: SeededDatabase) -> None:
    await seeded.add_constraint("Type", "id")
    second = replace(PLANNED, name="Second", label="Second")
    plan = replace(PLAN, applications=(PLANNED, second))
    opened = await seeded.target.begin(plan)
    opened.mark_shared(marks(1, 2, 3, 5, 6, 7))
    await opened.write_nodes(0, NODES)
    await opened.write_nodes(4, [(row[0] + 4, *row[1:]) for row in NODES])
    await opened.write_relationships(0, RELATIONSHIPS)
    await opened.write_relationships(5, [(row[0] + 5, row[1] + 4, row[2] + 4, *row[3:]) for row in RELATIONSHIPS])
    assert sorted(opened.joined) == [5, 6, 7]
    for first, expected in ((0, 5), (4, 2)):
        found = [row async for rows in opened.read_relationships(range(first, first + 4), batch_size=9) for row in rows]
        assert len(found) == expected
        assert {end for row in found for end in row[1:3]} <= set(range(first, first + 4))

    await complete(opened)

    assert await content(seeded, "App") == await content(seeded, "Second")
    assert await seeded.count_everything() == (2 + 5, 5 + 2)


async def test_undo_of_such_an_import_leaves_nothing(seeded: SeededDatabase) -> None:
    await seeded.add_constraint("Type", "id")
    opened = await seeded.target.begin(
        replace(PLAN, applications=(PLANNED, replace(PLANNED, name="Second", label="Second")))
    )
    opened.mark_shared(marks(1, 2, 3, 5, 6, 7))
    await opened.write_nodes(0, NODES)
    await opened.write_nodes(4, [(row[0] + 4, *row[1:]) for row in NODES])
    assert (await opened.undo()).nodes_left == 0
    assert await seeded.count_everything() == (0, 0)


async def test_a_node_that_another_import_has_staged_must_be_waited_for(seeded: SeededDatabase) -> None:
    await seeded.add_constraint("Type", "id")
    first = await begin(seeded)
    other = replace(PLANNED, name="Second", label="Second")
    second = await seeded.target.begin(replace(PLAN, job_id="job-2", applications=(other,)))
    second.mark_shared(marks(1, 2, 3))
    with pytest.raises(NodeStagedError) as caught:
        await second.write_nodes(0, NODES)
    assert caught.value.holder == PLAN.job_id
    await second.note_waiting(True)
    assert {each.job_id: each.is_waiting for each in await seeded.target.list_imports()} == {
        "job-1": False,
        "job-2": True,
    }

    await first.publish()
    await second.write_nodes(0, NODES)
    assert sorted(second.joined) == [1, 2, 3]


REMOVAL = RemovalPlan(job_id="job-9", epoch=1, name="Other", version=None, summary=Summary())


@pytest.mark.parametrize("is_completed", [True, False])
async def test_a_removal_leaves_what_an_import_has_joined(seeded: SeededDatabase, is_completed: bool) -> None:
    await seed(seeded)
    opened = await begin(seeded)

    await complete(await seeded.target.begin_removal(REMOVAL))
    assert await seeded.source.list_applications() == []
    assert (await seeded.source.count("Other")).nodes == 0

    if is_completed:
        await complete(opened)
        assert len((await content(seeded, "App"))[0]) == 4
        assert await seeded.count_everything() == (5, 5)
        await complete(await seeded.target.begin_removal(replace(REMOVAL, job_id="job-10", name="App")))
    else:
        # Nobody else carries them any more.
        await opened.undo()
    assert await seeded.count_everything() == (0, 0)


async def test_undo_leaves_joined_nodes_that_no_application_ever_carried(seeded: SeededDatabase) -> None:
    await seed(seeded, owner=None)
    before = await seeded.count_everything()
    await (await begin(seeded)).undo()
    assert await seeded.count_everything() == before


OVERWRITE = replace(PLAN, job_id="job-5", applications=(replace(PLANNED, placement=Placement.REPLACE),))


@pytest.fixture(params=["at once", "in steps"])
def pace(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "in steps":
        monkeypatch.setattr(publishing, "AT_ONCE_NODES", 1)
        monkeypatch.setattr(publishing, "STEP_NODES", 1)
        monkeypatch.setattr(stepping_back, "STEP_NODES", 1)


@pytest.mark.usefixtures("pace")
async def test_an_overwrite_may_bring_the_keys_of_what_it_replaces(seeded: SeededDatabase) -> None:
    """The new nodes get the label under the constraint when the old ones lose it."""
    await seed(seeded)
    await complete(await begin(seeded))
    assert await seeded.count_everything() == (6, 5)
    renewed = [(row[0], row[1], {**row[2], "note": "new"}) for row in NODES]
    opened = await seeded.target.begin(OVERWRITE)
    opened.mark_shared(marks(1, 2))
    await opened.write_nodes(0, renewed)
    await opened.write_relationships(0, RELATIONSHIPS)
    assert sorted(opened.joined) == [1, 2]
    labels = {row[0]: row[1] async for rows in opened.read_nodes(range(4), batch_size=9) for row in rows}
    assert labels == {0: ["Object"], 3: ["Type"]}

    await complete(opened)

    assert await content(seeded, "App") == (
        ["class theirs", "field new", "mine new", "table theirs"],
        [
            "class CONTAINS table",
            "class CONTAINS table",
            "class LISTS mine",
            "mine HAS_TYPE class",
            "table CONTAINS field",
        ],
    )
    assert await seeded.count_everything() == (6, 5)


async def test_an_undone_overwrite_leaves_the_old_with_their_keys(seeded: SeededDatabase) -> None:
    await seed(seeded)
    await complete(await begin(seeded))
    before: Mapping[str, object] = {"App": await content(seeded, "App"), "Other": await content(seeded, "Other")}
    opened = await seeded.target.begin(OVERWRITE)
    opened.mark_shared(marks(1, 2))
    await opened.write_nodes(0, NODES)
    await opened.write_relationships(0, RELATIONSHIPS)
    await opened.undo()
    assert {"App": await content(seeded, "App"), "Other": await content(seeded, "Other")} == before
    assert await seeded.count_everything() == (6, 5)
