"""What every GraphSource does."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, TypeVar

import pytest

from shared.errors import UnknownApplicationError
from shared.graph import GraphCounts, NodeRow, PropertyValue, RelationshipRow
from shared.ports.graph_source import GraphSource
from tests.support.stacks.databases import SeededDatabase

Row = TypeVar("Row", bound=tuple[Any, ...])


async def all_nodes(source: GraphSource, label: str, batch_size: int) -> list[NodeRow]:
    rows: list[NodeRow] = []
    async for batch in source.read_nodes(label, batch_size=batch_size):
        assert 0 < len(batch) <= batch_size
        rows += batch
    return [(row[0], sorted(row[1]), dict(row[2])) for row in rows]


async def all_relationships(source: GraphSource, label: str, batch_size: int) -> list[RelationshipRow]:
    rows: list[RelationshipRow] = []
    async for batch in source.read_relationships(label, batch_size=batch_size):
        assert 0 < len(batch) <= batch_size
        rows += batch
    return [(row[0], row[1], row[2], row[3], dict(row[4])) for row in rows]


def by_id(rows: list[NodeRow]) -> list[NodeRow]:
    return sorted(rows, key=lambda row: row[0])


def by_start(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row[1], row[0]))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ({"Name": 5}, "Name is of type int"),
        ({"Name": "_FerryApp"}, "Name is none that an application may have"),
        ({"Name": ""}, "Name is none"),
        ({"Name": "x" * 16_001}, "Name has 16001 characters"),
        ({"Name": "Odd", "Label": ["a", "b"]}, "Label is of type list"),
        ({"Name": "Odd", "Label": "_FerryStaged"}, "Label is none"),
        ({"Name": "Odd", "Version": 9.5}, "Version is of type float"),
        ({"Name": "Odd", "Version": "9" * 5_000}, "Version has 5000 characters"),
        ({"Name": "Odd", "Kind": True}, "Kind is of type bool"),
        ({"Name": "Odd", "ServiceId": 1}, "ServiceId is of type int"),
        ({"Name": "Odd", "VersionId": [1]}, "VersionId is of type list"),
    ],
)
async def test_a_damaged_entry_hurts_itself_alone(
    seeded: SeededDatabase, damage: dict[str, PropertyValue], words: str
) -> None:
    await seeded.add_node(["Application"], {"Name": "Sound"})
    await seeded.add_node(["Sound", "Odd"], {})
    await seeded.add_node(["Application"], damage)
    source = seeded.source
    assert [each.name for each in await source.list_applications()] == ["Sound"]
    assert (await source.get_application("Sound")).name == "Sound"
    (damaged,) = await source.list_damaged()
    assert await source.read_catalogue() == (await source.list_applications(), [damaged])
    assert words in damaged.reason
    assert damaged.name == (damage["Name"] if isinstance(damage["Name"], str) else None)
    assert await all_nodes(source, "Sound", 10) != []
    assert [each async for some in source.read_references("Sound", inside=0, batch_size=9) for each in some] == []


@pytest.mark.parametrize("label", ["App", "My App (2)", "back`tick", "esc\\u0060ape", "日本:語"])
async def test_reads_what_carries_the_label(seeded: SeededDatabase, label: str) -> None:
    first = await seeded.add_node([label, "Class"], {"name": "a"})
    outside = await seeded.add_node(["Other"], {"name": "x"})
    second = await seeded.add_node(["Function", label], {"line": 7})
    inner = await seeded.add_relationship(first, second, "CALLS", {"count": 2})
    await seeded.add_relationship(second, outside, "CALLS")
    await seeded.add_relationship(outside, first, "CALLS")
    loop = await seeded.add_relationship(second, second, "odd`type\\u0041")

    nodes = await all_nodes(seeded.source, label, 10)
    relationships = await all_relationships(seeded.source, label, 10)

    # A database may give an id of something deleted again, so that the second node comes first.
    assert nodes == by_id([(first, ["Class"], {"name": "a"}), (second, ["Function"], {"line": 7})])
    assert relationships == by_start(
        [(inner, first, second, "CALLS", {"count": 2}), (loop, second, second, "odd`type\\u0041", {})]
    )
    assert await seeded.source.count(label) == GraphCounts(nodes=2, relationships=2)


@pytest.mark.parametrize("batch_size", [1, 3, 1000])
async def test_batches_stay_bounded_and_ordered_whatever_the_degree(seeded: SeededDatabase, batch_size: int) -> None:
    hub = await seeded.add_node(["App"])
    others = [await seeded.add_node(["App"]) for _ in range(5)]
    expected = [(await seeded.add_relationship(hub, other, "HAS"), hub, other) for other in [*others, others[0], hub]]
    expected += [(await seeded.add_relationship(other, hub, "BACK"), other, hub) for other in others]

    rows = await all_relationships(seeded.source, "App", batch_size)

    assert [row[:3] for row in rows] == by_start(expected)
    assert [row[0] for row in await all_nodes(seeded.source, "App", batch_size)] == sorted([hub, *others])


async def test_catalogue_nodes_are_never_content(seeded: SeededDatabase) -> None:
    entry = await seeded.add_node(["Application", "App"], {"Name": "App"})
    node = await seeded.add_node(["App"])
    lookalike = await seeded.add_node(["Application", "App"], {"title": "no entry: it has no Name"})
    await seeded.add_relationship(entry, node, "OWNS")

    assert [row[0] for row in await all_nodes(seeded.source, "App", 10)] == sorted([node, lookalike])
    assert await all_relationships(seeded.source, "App", 10) == []
    assert await seeded.source.count("App") == GraphCounts(nodes=2, relationships=0)


async def test_finds_applications_by_catalogue_then_by_label(seeded: SeededDatabase) -> None:
    await seeded.add_node(["Application"], {"Name": "Catalogued", "Label": "cat", "Version": "2.0.0", "owner": "x"})
    await seeded.add_node(["Bare"])

    entry = await seeded.source.get_application("Catalogued")
    assert (entry.label, entry.version, dict(entry.properties), entry.catalogued) == (
        "cat",
        "2.0.0",
        {"owner": "x"},
        True,
    )
    assert not (await seeded.source.get_application("Bare")).catalogued
    assert [each.name for each in await seeded.source.list_applications()] == ["Catalogued"]
    for name in ("Missing", "cat-", "", "nul\0", "x" * 20_000):
        with pytest.raises(UnknownApplicationError):
            await seeded.source.get_application(name)
    with pytest.raises(UnknownApplicationError):
        await seeded.source.get_application("Catalogued", "3.0.0")


async def test_bare_labels_are_found_among_names(seeded: SeededDatabase) -> None:
    await seeded.add_node(["Bare"], {})
    await seeded.add_node(["Application"], {"Name": "Named", "Version": "1"})
    await seeded.add_node(["Named", "Other"], {})
    names = {"Bare", "Named", "Nowhere", "Odd`name", ""}
    found = await seeded.source.find_bare_labels(names)
    assert [(each.name, each.label, each.catalogued) for each in found] == [("Bare", "Bare", False)]
    assert found == [await seeded.source.get_application("Bare")]


async def test_an_entry_without_a_label_has_the_one_that_nodes_carry(seeded: SeededDatabase) -> None:
    for number in range(3):
        await seeded.add_node(["Application"], {"Name": "Many", "Version": f"{number}"})
    await seeded.add_node(["Many@1"], {})
    found = [each for each in await seeded.source.list_applications() if each.name == "Many"]
    assert [each.label for each in found] == ["Many", "Many@1", "Many"]


async def test_what_an_import_keeps_for_itself_is_no_application(seeded: SeededDatabase) -> None:
    await seeded.add_node(["_FerryStaged", "Object"])
    with pytest.raises(UnknownApplicationError):
        await seeded.source.get_application("_FerryStaged")


@pytest.mark.parametrize("label", ["App", "back`tick"])
async def test_labels_overlap_where_a_node_has_both(seeded: SeededDatabase, label: str) -> None:
    await seeded.add_node([label, "Class"])
    await seeded.add_node(["Other", "Function"])
    assert await seeded.source.overlaps("Class", ["Other", label])
    assert not await seeded.source.overlaps("Function", [label])
    assert not await seeded.source.overlaps(label, ["Other", "Function", "Missing"])
    assert not await seeded.source.overlaps(label, [])


async def test_the_newest_version_is_found_first(seeded: SeededDatabase) -> None:
    for version in ("1.10.0", "1.9.0", "1.2.0"):
        await seeded.add_node(["Application"], {"Name": "Many", "Label": f"Many@{version}", "Version": version})

    assert (await seeded.source.get_application("Many")).version == "1.10.0"
    assert (await seeded.source.get_application("Many", "1.9.0")).label == "Many@1.9.0"


async def test_an_absent_version_counts_as_the_first(seeded: SeededDatabase) -> None:
    await seeded.add_node(["Application"], {"Name": "Many", "Label": "old"})
    await seeded.add_node(["Application"], {"Name": "Many", "Label": "new", "Version": "2.0.0"})
    await seeded.add_node(["Application"], {"Name": "Later", "Label": "Later", "Version": "2.0.0"})
    await seeded.add_node(["Later"])
    await seeded.add_node(["Bare"])

    first = await seeded.source.get_application("Many", "1.0.0")
    assert (first.label, first.version) == ("old", None)
    assert not (await seeded.source.get_application("Bare", "1.0.0")).catalogued
    for name, version in (("Later", "1.0.0"), ("Bare", "2.0.0")):
        with pytest.raises(UnknownApplicationError):
            await seeded.source.get_application(name, version)


@pytest.mark.parametrize(("limit", "taken"), [(100, 20), (3, 3)])
async def test_a_sample_is_part_of_the_application(seeded: SeededDatabase, limit: int, taken: int) -> None:
    await seeded.add_node(["Application", "App"], {"Name": "App"})
    ids = [await seeded.add_node(["App", "Item"], {"number": number}) for number in range(20)]
    outside = await seeded.add_node(["Other"])
    for first, second in pairwise([*ids, ids[0]]):
        await seeded.add_relationship(first, second, "NEXT", {"from": first})
    await seeded.add_relationship(ids[0], outside, "AWAY")

    sample = await seeded.source.sample("App", limit=limit)

    assert sample.counts == GraphCounts(nodes=20, relationships=20)
    nodes = await all_nodes(seeded.source, "App", 100)
    relationships = await all_relationships(seeded.source, "App", 100)
    assert all((row[0], sorted(row[1]), dict(row[2])) in nodes for row in sample.nodes)
    assert all((*row[:4], dict(row[4])) in relationships for row in sample.relationships)
    assert max(len(sample.nodes), len(sample.relationships)) <= taken
    if limit > 20:
        assert (len(sample.nodes), len(sample.relationships)) == (20, 20)


async def test_the_change_mark_moves_with_every_commit_only(seeded: SeededDatabase) -> None:
    before = await seeded.source.read_change_mark()
    assert await seeded.source.read_change_mark() == before
    await seeded.add_node(["Elsewhere"])
    assert await seeded.source.read_change_mark() != before


@pytest.mark.parametrize("limit", [1000, 5])
async def test_shapes_tell_what_elements_look_like(seeded: SeededDatabase, limit: int) -> None:
    await seeded.add_node(["Application"], {"Name": "Other"})
    nodes = [await seeded.add_node(["App", "Item"], {"number": number, "sizes": [1]}) for number in range(20)]
    shared = await seeded.add_node(["App", "Other", "Type"], {"id": "x", "on": True})
    for node in nodes:
        await seeded.add_relationship(node, shared, "HAS", {"ratio": 0.5})
    await seeded.add_relationship(shared, await seeded.add_node(["Other"]), "HAS")

    shapes = await seeded.source.read_shapes("App", limit=limit)

    assert shapes.counts == GraphCounts(nodes=21, relationships=20)
    item, type_ = frozenset({"Item"}), frozenset({"Type"})
    kinds = {(each.labels, tuple(sorted(each.keys.items()))) for each in shapes.nodes}
    assert kinds <= {
        (item, (("number", "INTEGER"), ("sizes", "LIST<INTEGER>"))),
        (type_, (("id", "STRING"), ("on", "BOOLEAN"))),
    }
    assert {
        (each.type, each.start_labels, each.end_labels, tuple(each.keys.items())) for each in shapes.relationships
    } <= {("HAS", item, type_, (("ratio", "FLOAT"),))}
    seen = [sum(each.count for each in found) for found in (shapes.nodes, shapes.relationships)]
    if limit == 1000:
        assert (len(kinds), seen) == (2, [21, 20])
    else:
        assert max(seen) <= limit
