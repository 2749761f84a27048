"""What every GraphTarget finds under the keys of an import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shared.adapters.neo4j.nodes.looking_up import Neo4jKeyLookup
from shared.graph import GraphCounts, NodeRow
from shared.ports.import_plans import Placement, PlannedApplication
from tests.shared.ports.test_graph_target_port import APP, PLAN
from tests.shared.ports.test_graph_target_sharing import NODES, PLANNED, begin, marks, seed
from tests.support.stacks.databases import SHARED_LABELS, SeededDatabase


async def find(
    seeded: SeededDatabase,
    *applications: PlannedApplication,
    job_id: str = "job-7",
    rows: Sequence[NodeRow] = tuple(NODES),
) -> dict[int, tuple[int, frozenset[str], object]]:
    lookup = await seeded.target.look_up_keys(job_id, applications or (APP,))
    return {each.at: (each.id, each.labels, each.properties) for each in await lookup.find(rows)}


async def test_holders_come_with_what_is_content_of_them(seeded: SeededDatabase) -> None:
    types = await seed(seeded)
    await seeded.add_node(["Type", "Odd"], {"id": "field"})
    found = await find(seeded)
    assert set(found) == {1, 2, 3}
    assert found[1] == (types[0], frozenset({"Type"}), {"id": "class", "note": "theirs"})
    assert found[3][1:] == (frozenset({"Type", "Odd"}), {"id": "field"})
    assert await seeded.count_everything() == (4, 1)


async def test_the_lookup_says_what_tells_nodes_apart_and_what_is_shared(seeded: SeededDatabase) -> None:
    await seeded.add_constraint("Type", "id", "of")
    lookup = await seeded.target.look_up_keys("job-7", (APP,))
    assert [(form.label, form.properties) for form in lookup.forms] == [("Type", ("id", "of"))]
    assert set(lookup.shared_labels) == set(SHARED_LABELS)
    await seeded.add_node(["Type"], {"id": 1, "of": "a"})
    rows: list[NodeRow] = [
        (0, ["Type"], {"id": 1}),
        (1, ["Type"], {"id": 1, "of": "b"}),
        (2, ["Type"], {"id": 1, "of": "a"}),
    ]
    assert [each.at for each in await lookup.find(rows)] == [2]


async def test_a_real_constraint_is_named(seeded: SeededDatabase) -> None:
    await seeded.add_constraint("Type", "id")
    lookup = await seeded.target.look_up_keys("job-7", (APP,))
    (form,) = lookup.forms
    named = form.constraint is not None
    assert named == isinstance(lookup, Neo4jKeyLookup)
    assert form.describe().endswith("(:Type {id})")


async def test_what_the_import_replaces_is_left_out_unless_others_carry_it(seeded: SeededDatabase) -> None:
    await seed(seeded)
    await seeded.add_node(["Application"], {"Name": "App"})
    await seeded.add_node(["Type", "App"], {"id": "field"})
    assert set(await find(seeded)) == {1, 2, 3}
    assert set(await find(seeded, replace(APP, placement=Placement.REPLACE))) == {1, 2}
    assert set(await find(seeded, replace(APP, name="Other", placement=Placement.REPLACE))) == {3}


async def test_what_the_job_itself_has_staged_is_left_out(seeded: SeededDatabase) -> None:
    await seed(seeded)
    await begin(seeded)
    assert set(await find(seeded, PLANNED, job_id=PLAN.job_id)) == {1, 2}
    found = await find(seeded, PLANNED, job_id="job-8")
    assert found[3][1:] == (frozenset({"Type"}), {"id": "field"})


async def test_what_another_import_is_joined_to_is_not_replaced(seeded: SeededDatabase) -> None:
    await seeded.add_constraint("Type", "id")
    await seeded.add_node(["Application"], {"Name": "Other"})
    await seeded.add_node(["Type", "Other"], {"id": "class"})
    opened = await seeded.target.begin(
        replace(PLAN, applications=(replace(APP, counts=GraphCounts(nodes=1, relationships=0)),))
    )
    opened.mark_shared(marks(0))
    await opened.write_nodes(0, [(0, ["Type"], {"id": "class"})])
    going = replace(APP, name="Other", label="Other", placement=Placement.REPLACE)
    assert set(await find(seeded, going)) == {1}
