"""What every GraphSource tells of an application's border: shared nodes, external references."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from shared.graph import Properties
from shared.ports.graph_source import GraphSource
from shared.references import Direction, ExternalReference, NodeKey, hidden_reference
from tests.shared.ports.test_graph_source_port import all_nodes
from tests.support.stacks.databases import SeededDatabase


async def all_shared(source: GraphSource, label: str, batch_size: int) -> list[int]:
    return [each async for ids in source.read_shared_nodes(label, batch_size=batch_size) for each in ids]


async def all_references(source: GraphSource, label: str, batch_size: int = 10) -> list[ExternalReference]:
    found: list[ExternalReference] = []
    inside = (await source.count(label)).relationships
    async for batch in source.read_references(label, inside=inside, batch_size=batch_size):
        assert 0 < len(batch) <= batch_size
        found += batch
    return found


async def seed_entry(seeded: SeededDatabase, name: str, **more: str) -> None:
    await seeded.add_node(["Application"], {"Name": name, **more})


def out(
    node: int, type_name: str, properties: Properties, application: str | None, key: NodeKey | None, far: int
) -> object:
    return ExternalReference(
        node=node,
        direction=Direction.OUT,
        type=type_name,
        properties=properties,
        application=application,
        version=None,
        key=key,
        far=far,
    )


async def test_references_name_the_far_node(seeded: SeededDatabase) -> None:
    await seeded.add_constraint("Class", "name", "kind")
    for name in ("App", "Other"):
        await seed_entry(seeded, name)
    inner = [await seeded.add_node(["App"], {"n": number}) for number in range(2)]
    keyed = await seeded.add_node(["Other", "Class"], {"name": "a", "kind": 7})
    loose = await seeded.add_node(["Other", "Loose", "Class"], {"name": "half a key", "code": "x"})
    nameless = await seeded.add_node(["Nowhere"], {"name": "b"})
    await seeded.add_relationship(inner[0], inner[1], "INSIDE")
    await seeded.add_relationship(inner[0], inner[0], "INSIDE")
    await seeded.add_relationship(inner[0], keyed, "CALLS", {"line": 3})
    await seeded.add_relationship(inner[0], loose, "odd`type")
    await seeded.add_relationship(inner[0], nameless, "CALLS")
    await seeded.add_relationship(keyed, inner[1], "BACK")

    found = await all_references(seeded.source, "App")

    assert sorted(found[:3], key=repr) == sorted(
        [
            out(
                inner[0],
                "CALLS",
                {"line": 3},
                "Other",
                NodeKey(label="Class", properties={"name": "a", "kind": 7}),
                keyed,
            ),
            out(inner[0], "odd`type", {}, "Other", NodeKey(label="Loose", properties={"code": "x"}), loose),
            out(inner[0], "CALLS", {}, None, None, nameless),
        ],
        key=repr,
    )
    (back,) = found[3:]
    assert (back.node, back.direction, back.type, back.application) == (inner[1], Direction.IN, "BACK", "Other")


@pytest.mark.parametrize("batch_size", [1, 3, 1000])
async def test_references_come_in_bounded_batches(seeded: SeededDatabase, batch_size: int) -> None:
    await seed_entry(seeded, "Other", Label="other`label", Version="2.0.0")
    inner = [await seeded.add_node(["App"]) for _ in range(3)]
    far = await seeded.add_node(["other`label"])
    for node in [*inner, *inner]:
        await seeded.add_relationship(node, far, "CALLS")
    found = await all_references(seeded.source, "App", batch_size)
    assert [each.node for each in found] == sorted([*inner, *inner])
    assert {(each.application, each.version, each.key) for each in found} == {("Other", "2.0.0", None)}


async def test_a_catalogue_entry_is_far_and_has_no_key(seeded: SeededDatabase) -> None:
    await seeded.add_constraint("Application", "Name")
    entry = await seeded.add_node(["Application", "App"], {"Name": "App"})
    await seeded.add_relationship(entry, await seeded.add_node(["App"]), "OWNS")
    (found,) = await all_references(seeded.source, "App")
    assert (found.direction, found.type, found.application, found.key) == (Direction.IN, "OWNS", None, None)


async def test_an_application_by_itself_has_no_border(seeded: SeededDatabase) -> None:
    await seed_entry(seeded, "App")
    node = await seeded.add_node(["App"])
    await seeded.add_relationship(node, node, "SELF")
    assert await all_references(seeded.source, "App") == []
    assert await all_shared(seeded.source, "App", 10) == []


@pytest.mark.parametrize("batch_size", [1, 1000])
async def test_shared_nodes_carry_labels_of_other_applications(seeded: SeededDatabase, batch_size: int) -> None:
    for name in ("App", "Other", "Third"):
        await seed_entry(seeded, name)
    shared: Sequence[int] = [
        await seeded.add_node(["App", "Type", *others]) for others in (["Other"], ["Third"], ["Other", "Third"])
    ]
    await seeded.add_node(["App", "Type"])
    other = await seeded.add_node(["Other", "Third"])
    await seeded.add_relationship(other, shared[0], "HAS_TYPE")
    await seeded.add_relationship(other, shared[1], "HAS_TYPE")
    assert [row[1] for row in await all_nodes(seeded.source, "App", 10)] == [["Type"]] * 4
    assert await all_references(seeded.source, "App") == []  # both lie within Other or Third
    assert await all_shared(seeded.source, "App", batch_size) == sorted(shared)


async def test_neighbours_are_the_applications_that_references_reach(seeded: SeededDatabase) -> None:
    for name in ("App", "Before", "Behind", "Beside", "Sharing"):
        await seed_entry(seeded, name, Kind="SERVICE")
    inner = await seeded.add_node(["App"])
    before, behind = await seeded.add_node(["Before"]), await seeded.add_node(["Behind"])
    shared = await seeded.add_node(["App", "Sharing"])
    for start, end in ((before, inner), (inner, behind), (inner, behind), (shared, inner)):
        await seeded.add_relationship(start, end, "CALLS")
    await seeded.add_relationship(shared, await seeded.add_node(["Sharing"]), "CALLS")
    await seeded.add_relationship(inner, await seeded.add_node(["Nowhere"]), "CALLS")
    await seeded.add_relationship(behind, await seeded.add_node(["Beside"]), "CALLS")

    assert [(each.name, each.kind) for each in await seeded.source.list_neighbours("App", Direction.OUT)] == [
        ("Behind", "SERVICE")
    ]
    assert [each.name for each in await seeded.source.list_neighbours("App", Direction.IN)] == ["Before"]
    assert await seeded.source.list_neighbours("Sharing", Direction.IN) == []


async def test_of_hidden_applications_references_are_only_counted(seeded: SeededDatabase) -> None:
    await seeded.add_constraint("Hidden", "secret")
    await seeded.add_constraint("Class", "name")
    for name in ("App", "Hidden", "Open"):
        await seed_entry(seeded, name)
    entry = await seeded.add_node(["Application"], {"Name": "Concealed", "Label": "Concealed@1"})
    inner = await seeded.add_node(["App"])
    far = await seeded.add_node(["Hidden", "Class"], {"name": "a", "secret": "s"})
    both = await seeded.add_node(["Hidden", "Open", "Class"], {"name": "b", "secret": "t"})
    versioned = await seeded.add_node(["Concealed@1"])
    for node in (far, entry, versioned, both):
        await seeded.add_relationship(inner, node, "PAYS", {"amount": 1})
    await seeded.add_relationship(far, inner, "PAYS")
    entries = await seeded.source.list_applications()
    hidden = [each for each in entries if each.name in ("Hidden", "Concealed")]

    batches = seeded.source.read_references("App", inside=0, batch_size=10, hidden=hidden)
    found = [each async for batch in batches for each in batch]

    (told,) = [each for each in found if not each.is_hidden]
    assert told == out(inner, "PAYS", {"amount": 1}, "Open", NodeKey(label="Class", properties={"name": "b"}), both)
    assert sorted((each for each in found if each.is_hidden), key=repr) == sorted(
        [
            *(hidden_reference(inner, Direction.OUT, each) for each in (far, entry, versioned)),
            hidden_reference(inner, Direction.IN, far),
        ],
        key=repr,
    )
