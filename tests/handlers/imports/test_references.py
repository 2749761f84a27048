"""Relationships between applications leave with their archives and come back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from shared.archive.inspection.inspection import inspect
from shared.graph import GraphCounts
from shared.jobs.record import Job, Status
from shared.jobs.requests import ApplicationChoice, ConflictAction
from shared.jobs.summary_json import to_json
from tests.handlers.conftest import Bench, make_bench
from tests.support.stacks.databases import SeededDatabase, SeededMemory

pytestmark = pytest.mark.one_line


async def seed(database: SeededDatabase, *names: str, label: str = "Loose") -> list[int]:
    """Give each application a node; make a ring of them, with a relationship that is there twice."""
    nodes = []
    for name in names:
        await database.add_node(["Application"], {"Name": name})
        nodes.append(await database.add_node([name, label], {"code": name}))
    for start, end in zip(nodes, [*nodes[1:], *nodes[:1]], strict=True):
        for line in (1, 2, 2):
            await database.add_relationship(start, end, "CALLS", {"line": line})
    return nodes


async def crossings(database: SeededDatabase, name: str) -> list[tuple[str, str | None, Any]]:
    source = database.source
    inside = (await source.count(name)).relationships
    batches = source.read_references(name, inside=inside, batch_size=100)
    return sorted(
        [
            (each.direction.value, each.application, each.properties["line"])
            async for batch in batches
            for each in batch
        ],
        key=repr,
    )


RING = [(direction, far, line) for direction, far in (("in", "Back"), ("out", "Front")) for line in (1, 2, 2)]


def references_of(job: Job) -> Mapping[str, Any]:
    assert (job.status, job.failure) == (Status.CLOSED, None)
    found: Mapping[str, Any] = to_json(job.summary)["references"]
    return found


async def test_each_side_waits_for_the_other(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, SeededMemory("left"), SeededMemory("right"))
    await seed(bench.left, "Back", "Middle", "Front")
    for name in ("Middle", "Back", "Front"):
        await bench.mover.export(name, database="left")

    first = await bench.mover.import_archive("out.zip", database="right")
    second = await bench.mover.import_archive("out-2.zip", database="right")

    assert (references_of(first)["connected"], references_of(first)["pending"]) == (0, 6)
    assert references_of(first)["listed"][0] == {
        "application": "Front",
        "version": None,
        "direction": "out",
        "type": "CALLS",
        "key": {"label": "Loose", "properties": {"code": {"type": "s", "text": "Front"}}},
    }
    assert (references_of(second)["connected"], references_of(second)["pending"]) == (3, 3)
    assert references_of(await bench.mover.import_archive("out-3.zip", database="right"))["pending"] == 0
    assert await crossings(bench.right, "Middle") == RING


async def test_applications_of_one_archive_find_each_other_under_their_new_names(bench: Bench) -> None:
    await seed(bench.left, "Back", "Middle", "Front")
    await bench.mover.export("Back", "Middle", "Front", database="left")
    choices = tuple(ApplicationChoice(source_name=name, name=f"{name} again") for name in ("Back", "Middle", "Front"))

    job = await bench.mover.import_archive("out.zip", database="right", choices=choices)

    assert references_of(job) == {"connected": 18, "pending": 0, "listed": []}
    expected = [(direction, f"{far} again", line) for direction, far, line in RING]
    assert await crossings(bench.right, "Middle again") == expected
    if bench.left is bench.right:
        assert await crossings(bench.left, "Middle") == RING


async def test_all_applications_may_be_replaced_together(bench: Bench) -> None:
    await seed(bench.left, "Back", "Middle", "Front")
    await bench.mover.export("Back", "Middle", "Front", database="left")
    before = await bench.left.count_everything()
    job = await bench.mover.import_archive("out.zip", database="left", on_conflict=ConflictAction.OVERWRITE)
    assert references_of(job)["pending"] == 0
    assert await crossings(bench.left, "Middle") == RING
    assert await bench.left.count_everything() == before


async def test_an_overwrite_leaves_what_crosses(bench: Bench) -> None:
    await seed(bench.left, "Back", "Middle", "Front")
    before = await bench.left.count_everything()
    exported = await bench.mover.export("Middle", database="left")
    assert exported.status is Status.CLOSED

    job = await bench.mover.import_archive("out.zip", database="left", on_conflict=ConflictAction.OVERWRITE)

    assert references_of(job) == {"connected": 6, "pending": 0, "listed": []}
    assert "references_lost" not in to_json(job.summary)
    assert await crossings(bench.left, "Middle") == RING
    assert await bench.left.source.count("Middle") == GraphCounts(nodes=1, relationships=0)
    assert await bench.left.count_everything() == before


async def seed_keyless(database: SeededDatabase) -> None:
    """Seed a ring whose nodes nothing tells apart, behind others that shift their numbers."""
    for name in ("Back", "Front"):
        await database.add_node([name, "Bare"], {"code": "first"})
    await seed(database, "Back", "Middle", "Front", label="Bare")
    await database.add_node(["Middle", "Bare"], {"code": "Middle"})


async def test_without_any_key_applications_of_one_archive_find_each_other(bench: Bench) -> None:
    await seed_keyless(bench.left)
    names = ("Back", "Middle", "Front")
    await bench.mover.export(*names, database="left", batch_size=2)
    choices = tuple(ApplicationChoice(source_name=name, name=f"{name} again") for name in names)

    job = await bench.mover.import_archive("out.zip", database="right", choices=choices, batch_size=2)

    assert references_of(job) == {"connected": 18, "pending": 0, "listed": []}
    for name, back, front in (("Middle", "Back", "Front"), ("Back", "Front", "Middle"), ("Front", "Middle", "Back")):
        ring = [(way, f"{far} again", line) for way, far in (("in", back), ("out", front)) for line in (1, 2, 2)]
        assert await crossings(bench.right, f"{name} again") == ring
    await bench.mover.export(*(f"{name} again" for name in names), database="right")
    assert await digests_of(bench, "out-2.zip") == await digests_of(bench, "out.zip")


@pytest.mark.parametrize("on_conflict", [ConflictAction.OVERWRITE, ConflictAction.ADD_VERSION])
async def test_without_any_key_applications_come_again_together(bench: Bench, on_conflict: ConflictAction) -> None:
    await seed_keyless(bench.left)
    await bench.mover.export("Back", "Middle", "Front", database="left")
    before = await bench.left.count_everything()
    job = await bench.mover.import_archive("out.zip", database="left", on_conflict=on_conflict)
    assert references_of(job) == {"connected": 18, "pending": 0, "listed": []}
    entry = await bench.left.source.get_application("Middle")
    assert (entry.label == "Middle") is (on_conflict is ConflictAction.OVERWRITE)
    assert await crossings(bench.left, entry.label) == RING
    if on_conflict is ConflictAction.OVERWRITE:
        assert await bench.left.count_everything() == before


async def test_without_any_key_a_copy_brings_what_crosses(bench: Bench) -> None:
    await seed_keyless(bench.left)
    names = ("Front", "Middle", "Back")
    job = await bench.mover.copy(*(ApplicationChoice(source_name=name, name=f"{name} copied") for name in names))
    assert references_of(job) == {"connected": 18, "pending": 0, "listed": []}
    assert await crossings(bench.right, "Middle copied") == [(way, f"{far} copied", line) for way, far, line in RING]


async def test_a_far_application_that_is_left_out_is_found_by_its_key_alone(bench: Bench) -> None:
    await seed(bench.left, "Back", "Middle", "Front", label="Bare")
    await bench.mover.export("Back", "Middle", "Front", database="left")
    choices = tuple(ApplicationChoice(source_name=name, name=f"{name} again") for name in ("Back", "Middle"))
    job = await bench.mover.import_archive("out.zip", database="right", choices=choices)
    assert (references_of(job)["connected"], references_of(job)["pending"]) == (6, 6)


async def digests_of(bench: Bench, archive: str) -> list[tuple[str, int]]:
    manifest = (await inspect(bench.mover.folder / archive)).manifest
    return [(each.digest, sum(each.external_references.values())) for each in manifest.applications]
