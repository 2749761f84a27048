"""What every GraphTarget does with relationships that cross an application's border."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from shared.adapters.neo4j.journal import links
from shared.adapters.neo4j.target import publishing
from shared.graph import GraphCounts, NodeRow
from shared.jobs.summaries import JoinedReport
from shared.jobs.summary_json import to_json
from shared.ports.graph_target import GraphImport
from shared.ports.import_plans import ImportPlan, Placement
from shared.references import Direction, ExternalReference, NodeKey
from tests.shared.ports.test_graph_source_border import all_references
from tests.shared.ports.test_graph_target_port import APP, PLAN
from tests.support.stacks.databases import SeededDatabase
from tests.support.summaries import NOTHING_CONNECTED

NODES: list[NodeRow] = [(0, ["Loose"], {"code": "a"}), (1, ["Loose"], {"code": "b"})]
TWO = replace(APP, counts=GraphCounts(nodes=2, relationships=0))
SIMPLE = replace(PLAN, applications=(TWO,))
REPLACING = replace(PLAN, applications=(replace(TWO, placement=Placement.REPLACE),))


def reference(node: int, code: str = "far", **changes: Any) -> ExternalReference:
    fields: dict[str, Any] = {
        "node": node,
        "direction": Direction.OUT,
        "type": "CALLS",
        "properties": {"line": 1},
        "application": "Far",
        "version": None,
        "key": NodeKey(label="Loose", properties={"code": code}),
    }
    return ExternalReference(**{**fields, **changes})


async def begin(seeded: SeededDatabase, plan: ImportPlan = SIMPLE) -> GraphImport:
    opened = await seeded.target.begin(plan)
    await opened.write_nodes(0, NODES)
    return opened


async def complete(opened: GraphImport) -> None:
    await opened.publish()
    await opened.forget()


async def seed_far(seeded: SeededDatabase) -> int:
    await seeded.add_node(["Application"], {"Name": "Far", "Label": "far`label"})
    return await seeded.add_node(["far`label", "Loose"], {"code": "far"})


async def crossing(seeded: SeededDatabase, label: str = "App") -> list[Mapping[str, Any]]:
    """Say what crosses, with the code of the own node for its id."""
    codes = {
        row[0]: row[2].get("code") async for rows in seeded.source.read_nodes(label, batch_size=10) for row in rows
    }
    found = await all_references(seeded.source, label)
    return [
        {"code": codes[each.node], "direction": each.direction.value, "type": each.type, "properties": each.properties}
        for each in sorted(found, key=lambda each: (each.direction.value, str(codes[each.node]), repr(each.properties)))
    ]


async def test_references_connect_with_what_is_there_when_published(seeded: SeededDatabase) -> None:
    await seed_far(seeded)
    opened = await begin(seeded)
    references = [
        reference(0),
        reference(1, direction=Direction.IN, type="odd`type", properties={}),
        reference(0, "nobody"),
        reference(0, application="Nowhere"),
        reference(0, key=None),
    ]

    pending = await opened.connect(0, references)

    assert pending == references[2:]
    assert await crossing(seeded, "far`label") == []
    await complete(opened)
    assert await crossing(seeded) == [
        {"code": "b", "direction": "in", "type": "odd`type", "properties": {}},
        {"code": "a", "direction": "out", "type": "CALLS", "properties": {"line": 1}},
    ]
    assert await seeded.count_everything() == (5, 2)


async def test_a_key_that_several_nodes_have_connects_none(seeded: SeededDatabase) -> None:
    await seed_far(seeded)
    await seeded.add_node(["far`label", "Loose"], {"code": "far"})
    opened = await begin(seeded)
    assert await opened.connect(0, [reference(0)]) == [reference(0)]


async def test_a_far_node_without_an_application_is_found_by_its_key_alone(seeded: SeededDatabase) -> None:
    await seeded.add_node(["Loose"], {"code": "far"})
    opened = await begin(seeded)
    assert await opened.connect(0, [reference(0, application=None)]) == []
    await complete(opened)
    assert len(await crossing(seeded)) == 1


async def test_noting_twice_connects_once_and_answers_the_same(seeded: SeededDatabase) -> None:
    await seed_far(seeded)
    opened = await begin(seeded)
    references = [reference(0), reference(0, "nobody")]
    assert await opened.connect(0, references) == references[1:]
    again = await seeded.target.resume(PLAN.job_id, 2)
    assert again is not None
    await again.nodes_written()
    assert await again.connect(0, references) == references[1:]
    await complete(again)
    assert len(await crossing(seeded)) == 1


async def test_both_sides_of_one_import_list_each_relationship_once(seeded: SeededDatabase) -> None:
    other = replace(TWO, name="Far", label="Far")
    opened = await seeded.target.begin(replace(PLAN, applications=(TWO, other)))
    await opened.write_nodes(0, NODES)
    await opened.write_nodes(2, [(2, ["Loose"], {"code": "far"}), (3, ["Loose"], {"code": "farther"})])
    # Two equal ones, listed by both.
    assert await opened.connect(0, [reference(0), reference(0)]) == []
    back = reference(2, "a", direction=Direction.IN, application="App")
    assert await opened.connect(2, [back, back]) == []
    await complete(opened)
    assert [each["code"] for each in await crossing(seeded)] == ["a", "a"]


async def test_undo_takes_what_was_noted_along(seeded: SeededDatabase) -> None:
    await seed_far(seeded)
    before = await seeded.count_everything()
    opened = await begin(seeded)
    await opened.connect(0, [reference(0)])
    await opened.undo()
    assert await seeded.count_everything() == before


async def test_a_report_adds_to_the_summary(seeded: SeededDatabase) -> None:
    opened = await begin(seeded)
    joined = JoinedReport(joined=1, differing=0, listed=())
    await opened.add_to_summary(references=NOTHING_CONNECTED, shared=joined)
    again = await seeded.target.resume(PLAN.job_id, 2)
    assert again is not None
    expected = replace(PLAN.summary, references=NOTHING_CONNECTED, shared=joined)
    assert again.summary == opened.summary == expected


async def seed_old(seeded: SeededDatabase, label: str = "Loose") -> list[int]:
    await seeded.add_node(["Application"], {"Name": "App", "Version": "0.9.0"})
    return [await seeded.add_node(["App", label], {"code": code}) for code in ("a", "b", "gone")]


@pytest.fixture(params=["at once", "in steps"])
def pace(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "in steps":
        monkeypatch.setattr(publishing, "AT_ONCE_NODES", 1)
        monkeypatch.setattr(publishing, "STEP_NODES", 1)
        monkeypatch.setattr(links, "LINKS_AT_ONCE", 1)


@pytest.mark.usefixtures("pace")
async def test_what_others_have_on_replaced_nodes_hangs_on_their_successors(seeded: SeededDatabase) -> None:
    far = await seed_far(seeded)
    old = await seed_old(seeded)
    for start, end, properties in [
        (far, old[0], {"n": 1}),
        (far, old[0], {"n": 1}),
        (far, old[0], {"n": 2}),
        (old[1], far, {"line": 1}),
    ]:
        await seeded.add_relationship(start, end, "CALLS", properties)
    await seeded.add_relationship(old[0], old[1], "INSIDE")
    opened = await begin(seeded, REPLACING)
    # The archive lists one that is there too, another that is not.
    assert await opened.connect(0, [reference(1), reference(0)]) == []

    await complete(opened)

    assert opened.summary.references_lost is None
    assert await crossing(seeded) == [
        {"code": "a", "direction": "in", "type": "CALLS", "properties": {"n": 1}},
        {"code": "a", "direction": "in", "type": "CALLS", "properties": {"n": 1}},
        {"code": "a", "direction": "in", "type": "CALLS", "properties": {"n": 2}},
        {"code": "a", "direction": "out", "type": "CALLS", "properties": {"line": 1}},
        {"code": "b", "direction": "out", "type": "CALLS", "properties": {"line": 1}},
    ]
    assert await seeded.count_everything() == (5, 5)


async def test_what_finds_no_successor_is_reported(seeded: SeededDatabase) -> None:
    far = await seed_far(seeded)
    old = await seed_old(seeded)
    await seeded.add_relationship(far, old[2], "CALLS")
    await seeded.add_relationship(old[2], await seeded.add_node(["Nobody's"]), "KNOWS")
    opened = await begin(seeded, REPLACING)
    await opened.publish()
    lost = to_json(opened.summary)["references_lost"]
    assert lost["count"] == 2
    assert sorted(lost["listed"], key=repr) == [
        {"type": "CALLS", "direction": "in", "applications": ["far`label"]},
        {"type": "KNOWS", "direction": "out", "applications": []},
    ]
    assert await crossing(seeded, "far`label") == []


async def test_an_undone_replacement_leaves_what_others_have(seeded: SeededDatabase) -> None:
    far = await seed_far(seeded)
    old = await seed_old(seeded)
    await seeded.add_relationship(far, old[0], "CALLS")
    before = await crossing(seeded), await seeded.count_everything()
    opened = await begin(seeded, REPLACING)
    await opened.connect(0, [reference(0)])
    await opened.undo()
    assert (await crossing(seeded), await seeded.count_everything()) == before


async def test_what_hangs_on_a_replaced_entry_hangs_on_the_new_one(seeded: SeededDatabase) -> None:
    entry = await seeded.add_node(["Application"], {"Name": "App"})
    await seeded.add_relationship(await seeded.add_node(["Team"]), entry, "OWNS")
    opened = await begin(seeded, REPLACING)
    await complete(opened)
    assert opened.summary.references_lost is None
    assert await seeded.count_everything() == (4, 1)


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_far_node_of_the_import_needs_no_key(
    seeded: SeededDatabase, at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not at_once:
        monkeypatch.setattr(publishing, "AT_ONCE_NODES", 0)
    other = replace(TWO, name="Beside", label="Beside")
    both = replace(PLAN, applications=(TWO, other))
    opened = await seeded.target.begin(both)
    await opened.write_nodes(0, NODES)
    await opened.write_nodes(2, [(2, ["Loose"], {"code": "a"}), (3, ["Loose"], {"code": "a"})])
    leaving = [reference(0, application="Beside", key=None, far=3)]
    entering = [reference(3, direction=Direction.IN, application="App", key=None, far=0)]
    assert [await opened.connect(0, leaving), await opened.connect(1, entering)] == [[], []]

    again = await seeded.target.resume(PLAN.job_id, 2)
    assert again is not None
    await again.nodes_written()
    assert [await again.connect(0, leaving), await again.connect(1, entering)] == [[], []]
    await complete(again)

    (found,) = await all_references(seeded.source, "App")
    assert (found.direction, found.application, found.properties) == (Direction.OUT, "Beside", {"line": 1})
    assert [each.far for each in await all_references(seeded.source, "Beside")] == [found.node]
