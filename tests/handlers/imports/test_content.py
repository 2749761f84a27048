"""Content that would be taken for the catalogue, or for another application's, is refused before it is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.imports import staging
from handlers.imports.writing import ImportWriting
from shared.jobs.record import Job, Status
from tests.handlers.conftest import Bench
from tests.support.archives.foreign import document, zipped

pytestmark = pytest.mark.one_line

PAYROLL = "Payroll"
ENTRY_KEYS = '<key id="Name" for="node" attr.name="Name"/><key id="Label" for="node" attr.name="Label"/>'


def store(bench: Bench, name: str, content: bytes) -> None:
    bench.mover.folder.mkdir(parents=True, exist_ok=True)
    (bench.mover.folder / name).write_bytes(content)


def node(labels: str, *, at: str = "n0", **data: str) -> str:
    inner = "".join(f'<data key="{key}">{text}</data>' for key, text in data.items())
    return f'<node id="{at}" labels="{labels}">{inner}</node>'


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("Mine.zip", node(":Application", Name=PAYROLL, Label=PAYROLL), "a Name, as only entries"),
        ("Mine.zip", node(f":A:{PAYROLL}"), f"the database finds application '{PAYROLL}'"),
        ("A.zip", node(":A"), "finds application 'A'"),
    ],
)
async def test_nothing_is_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, name: str, body: str, words: str, dry_run: bool
) -> None:
    await bench.right.add_node(["Application"], {"Name": PAYROLL})
    await bench.right.add_node([PAYROLL], {})
    before = await bench.right.count_everything()
    monkeypatch.setattr(ImportWriting, "write", None)
    store(bench, name, zipped({"a.graphml": document(body, ENTRY_KEYS)}))
    job = await bench.mover.import_archive(name, database="right", dry_run=dry_run)
    assert job.failure is not None
    assert (job.status, job.failure.code) == (Status.FAILED, "CATALOGUE_CONTENT")
    assert words in job.failure.message
    assert "import_as" in job.failure.message
    assert await bench.right.count_everything() == before


async def test_a_label_is_free_under_another_name(bench: Bench) -> None:
    store(bench, "A.zip", zipped({"a.graphml": document(node(":A"))}))
    job = await bench.mover.import_archive("A.zip", database="right", import_as="B")
    assert (job.status, job.failure) == (Status.CLOSED, None)


async def test_an_application_without_a_name_is_content(bench: Bench) -> None:
    store(bench, "B.zip", zipped({"a.graphml": document(node(":Application"))}))
    job = await bench.mover.import_archive("B.zip", database="right")
    assert (job.status, job.failure) == (Status.CLOSED, None)


async def test_labels_are_renamed_by_choice(bench: Bench) -> None:
    store(bench, "A.zip", zipped({"a.graphml": document(node(":A:Application", Name="x"), ENTRY_KEYS)}))
    renamed = {"A": "OfA", "Application": "Program"}
    job = await bench.mover.import_archive("A.zip", database="right", rename_labels=renamed)
    assert (job.status, job.failure) == (Status.CLOSED, None)
    exported = await bench.mover.export("A", database="right")
    assert exported.archive is not None
    again = await bench.mover.import_archive(
        exported.archive.name, database="right", import_as="B", rename_labels={"OfA": "OfB", "Program": "OfB"}
    )
    assert (again.status, again.failure) == (Status.CLOSED, None)
    found = [row[1] async for rows in bench.right.source.read_nodes("B", batch_size=9) for row in rows]
    assert [sorted(each) for each in found] == [["OfB"]]


VERSIONED = (
    ENTRY_KEYS + '<key id="Version" for="node" attr.name="Version"/><key id="owner" for="node" attr.name="owner"/>'
)


async def test_its_own_entry_is_no_content(bench: Bench) -> None:
    body = node(":Application", Name="A", Label="Other", Version="2.1", owner="x") + (
        '<node id="n1" labels=":B"/>'
        '<edge source="n0" target="n1" label="OWNS"/><edge source="n1" target="n1" label="R"/>'
    )
    store(bench, "A.zip", zipped({"a.graphml": document(body, VERSIONED)}))
    job = await bench.mover.import_archive("A.zip", database="right")
    assert (job.status, job.failure) == (Status.CLOSED, None)
    (entry,) = await bench.right.source.list_applications()
    assert (entry.name, entry.label, entry.version, entry.properties) == ("A", "A", "2.1", {"owner": "x"})
    counts = await bench.right.source.count("A")
    assert (counts.nodes, counts.relationships) == (1, 1)
    assert job.summary is not None
    assert job.summary.warnings is not None
    warnings = " ".join(job.summary.warnings)
    assert "taken as the application's entry in the catalogue, with their properties: 1." in warnings
    assert "relationships of the application's entry in the catalogue left out: 1." in warnings


@pytest.mark.parametrize(
    "body",
    [
        node(":Application", Name="A") + node(":Application", at="n1", Name="A"),
        node(":Application", Name="A", Version="9" * 201),
    ],
    ids=["two", "damaged"],
)
async def test_what_cannot_be_its_entry_is_refused(bench: Bench, body: str) -> None:
    store(bench, "A.zip", zipped({"a.graphml": document(body, VERSIONED)}))
    job = await bench.mover.import_archive("A.zip", database="right")
    assert job.failure is not None
    assert job.failure.code == "CATALOGUE_CONTENT"


async def import_within(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, owner: object, step: str, name: str, other: str
) -> tuple[Job, Job]:
    """Import an archive, and at a step of it another tenant's, from the beginning to the end; return both jobs."""
    inner: list[Job] = []
    neighbour = replace(bench.mover, tenant="neighbour")
    neighbour.folder.mkdir(parents=True)
    (bench.mover.folder / other).rename(neighbour.folder / other)
    go_on = getattr(owner, step)

    async def step_with_other(*given: object, **named: object) -> object:
        monkeypatch.undo()
        inner.append(await neighbour.import_archive(other, database="right"))
        return await go_on(*given, **named)

    monkeypatch.setattr(owner, step, step_with_other)
    return await bench.mover.import_archive(name, database="right"), inner[0]


@pytest.mark.parametrize(
    ("owner", "step", "name", "refused", "code"),
    [
        (staging, "begin_import", "Mine.zip", "outer", "CATALOGUE_CONTENT"),
        (staging, "begin_import", "A.zip", "outer", "APPLICATION_EXISTS"),
        (ImportWriting, "write", "Mine.zip", "inner", "CATALOGUE_CONTENT"),
        (ImportWriting, "write", "A.zip", "inner", "CATALOGUE_CONTENT"),
    ],
    ids=["it comes", "content comes", "it comes meanwhile", "content comes meanwhile"],
)
async def test_of_two_imports_one_may_have_a_label(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, owner: object, step: str, name: str, refused: str, code: str
) -> None:
    store(bench, "Mine.zip", zipped({"a.graphml": document(node(":A:Class"))}))
    store(bench, "A.zip", zipped({"a.graphml": document(node(":Class"))}))
    other = "A.zip" if name == "Mine.zip" else "Mine.zip"
    outer, inner = await import_within(bench, monkeypatch, owner, step, name, other)
    failed, done = (outer, inner) if refused == "outer" else (inner, outer)
    assert (done.status, done.failure) == (Status.CLOSED, None)
    assert failed.failure is not None
    assert (failed.status, failed.failure.code) == (Status.FAILED, code)
    assert "import_as" in failed.failure.message
    (entry,) = await bench.right.source.list_applications()
    assert f"{entry.name}.zip" == (name if done is outer else other)
    assert await bench.right.count_everything() == (2, 0)
