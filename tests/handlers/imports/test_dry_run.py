"""A dry run says what an import would do, and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from handlers.imports import comparing
from shared.archive.digests.difference import KINDS
from shared.jobs.record import Job, JobKind, Status
from shared.jobs.requests import ConflictAction, DeleteRequest
from shared.jobs.summary_json import to_json
from shared.node_keys import KeyForm
from tests.handlers.conftest import Bench
from tests.handlers.test_moves import seed
from tests.support.stacks.databases import REFERENCE_KEYS, SeededDatabase

pytestmark = pytest.mark.one_line

CLASS = KeyForm(label="Class", properties=("id",))
"""What a constraint tells apart."""
LOOSE = KeyForm(label="Loose", properties=REFERENCE_KEYS["Loose"])
"""What settings do."""


async def dry_run(bench: Bench, **more: Any) -> Mapping[str, Any]:
    before = await bench.right.count_everything()
    job: Job = await bench.mover.import_archive("out.zip", database="right", dry_run=True, **more)
    assert (job.status, job.failure) == (Status.CLOSED, None)
    assert await bench.right.count_everything() == before
    assert to_json(job.summary)["dry_run"] is True
    (told,) = to_json(job.summary)["applications"]
    found: Mapping[str, Any] = told
    return found


async def test_what_is_absent_would_be_added(bench: Bench) -> None:
    await seed(bench.left)
    await bench.mover.export("App", database="left")
    told = await dry_run(bench, import_as="Copy")
    assert (told["name"], told["status"], told["difference"]) == ("Copy", "added", None)


@pytest.mark.parametrize(
    ("action", "status"),
    [
        (ConflictAction.FAIL, "conflict"),
        (ConflictAction.SKIP, "skipped"),
        (ConflictAction.OVERWRITE, "replaced"),
        (ConflictAction.ADD_VERSION, "version_added"),
    ],
)
async def test_what_is_there_would_be_treated_so(bench: Bench, action: ConflictAction, status: str) -> None:
    await seed(bench.left)
    if bench.right is not bench.left:
        await seed(bench.right)
    await bench.mover.export("App", database="left")
    told = await dry_run(bench, on_conflict=action)
    assert told["status"] == status
    assert told["difference"]["equal"] is True
    assert told["difference"]["elements"] is None


async def seed_keyed(
    database: SeededDatabase, name: str, classes: Mapping[str, int], *, extra: str, form: KeyForm = CLASS
) -> None:
    """Make classes with a key and a value each, every one calling the one before, besides a node without a key."""
    (key,) = form.properties
    await database.add_node(["Application"], {"Name": name})
    nodes = [await database.add_node([name, form.label], {key: each, "size": size}) for each, size in classes.items()]
    for start, end in zip(nodes[1:], nodes, strict=False):
        await database.add_relationship(start, end, "CALLS")
    await database.add_relationship(nodes[0], await database.add_node([name, extra], {"note": extra}), "HAS")


async def seed_both(bench: Bench, form: KeyForm = CLASS) -> None:
    """Export one application, then let another with the same keys take its place."""
    await seed_keyed(bench.left, "New", {"a": 1, "b": 2, "c": 3}, extra="Fresh", form=form)
    await bench.mover.export("New", database="left")
    await bench.mover.run(JobKind.DELETE, DeleteRequest(database="left", name="New"))
    if form is CLASS:
        await bench.right.add_constraint(form.label, *form.properties)
    await seed_keyed(bench.right, "Old", {"a": 1, "b": 9, "d": 4}, extra="Stale", form=form)


@pytest.mark.parametrize("form", [CLASS, LOOSE], ids=["by a constraint", "by a setting"])
async def test_the_difference_is_told_element_by_element(bench: Bench, form: KeyForm) -> None:
    await seed_both(bench, form)
    difference = (await dry_run(bench, import_as="Old"))["difference"]
    assert difference["equal"] is False
    assert (
        difference["nodes"] == difference["relationships"] | {"archive": 4, "target": 4} == {"archive": 4, "target": 4}
    )
    assert difference["labels"] == {
        "Fresh": {"archive": 1, "target": 0},
        "Stale": {"archive": 0, "target": 1},
    }
    assert difference["types"] == {}
    elements = difference["elements"]
    counts = {kind: elements[kind]["count"] for kind in KINDS}
    assert counts == {
        "nodes_added": 2,
        "nodes_removed": 2,
        "nodes_changed": 1,
        "relationships_added": 2,
        "relationships_removed": 2,
    }
    (changed,) = elements["nodes_changed"]["listed"]
    assert changed["before"] == {
        "labels": [form.label],
        "properties": {form.properties[0]: {"type": "s", "text": "b"}, "size": {"type": "i", "text": "9"}},
    }
    assert changed["after"]["properties"]["size"] == {"type": "i", "text": "2"}
    assert {each["type"] for each in elements["relationships_added"]["listed"]} == {"CALLS", "HAS"}


async def test_large_applications_are_compared_by_counts_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "COMPARED_ELEMENTS", 3)
    await seed_both(bench)
    difference = (await dry_run(bench, import_as="Old"))["difference"]
    assert (difference["equal"], difference["elements"]) == (False, None)
    assert difference["labels"]


@pytest.mark.parametrize("versioned", [False, True], ids=["taken", "versioned"])
async def test_a_label_that_is_not_free_fails_it_as_it_would_the_import(bench: Bench, versioned: bool) -> None:
    await seed(bench.left)
    await bench.mover.export("App", database="left")
    await bench.mover.run(JobKind.DELETE, DeleteRequest(database="left", name="App"))
    more: dict[str, Any] = {"on_conflict": ConflictAction.OVERWRITE}
    if versioned:
        await bench.right.add_node(["Application"], {"Name": "Other", "Version": "2"})
        more = {"import_as": "Other@2"}
    else:
        await bench.right.add_node(["Application"], {"Name": "App", "Label": "Elsewhere"})
        await bench.right.add_node(["App"])
    told = [
        (await bench.mover.import_archive("out.zip", database="right", dry_run=is_dry, **more)).failure
        for is_dry in (True, False)
    ]
    assert told[0] is not None
    assert told[0].code == ("APPLICATION_EXISTS" if versioned else "CATALOGUE_CONTENT")
    assert told[0] == told[1]
