"""Whatever archives say of applications, those that are there stay as they are, and every list can be read."""

from __future__ import annotations

import json
import random
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest

from shared.archive.writing.writer import ArchiveWriter
from shared.errors import GraphferryError
from shared.jobs.record import Job, Status
from shared.jobs.requests import ConflictAction
from shared.ports.graph_source import GraphSource
from tests.handlers.conftest import Bench, make_bench
from tests.support.archives.bad import MANIFEST, packed
from tests.support.archives.foreign import document, zipped
from tests.support.archives.small import make_entry
from tests.support.stacks.databases import SeededMemory

TEXTS: Sequence[str] = (
    *("Payroll", "Seen", "Shown", "Payroll@2.0", "Application", "App", "A", "_FerryStaged", "_FerryBatch", "_ferry_x"),
    *("", " ", "\u202ePayroll", "Payroll\0", "back`tick", "a" * 16_000, "a" * 16_384, "9" * 5_000, "1.0", "2.0"),
    *("../../etc", "日本", "\ud800", "SERVICE", "<script>", "-", "1..2", "0x10", "9.9.9"),
)
VALUES: Sequence[Any] = (*TEXTS, 5, -1, 1.5, True, None, [], ["a", "b"], {"a": 1}, 10**30)
NAMES: Sequence[str] = ("Name", "Label", "Version", "Kind", "ServiceId", "VersionId")
KEYS: Sequence[str] = (*NAMES, "_ferryLock", "owner", "", "a" * 70_000, "a\0")
ACTIONS = (ConflictAction.FAIL, ConflictAction.SKIP, ConflictAction.RENAME, ConflictAction.ADD_VERSION)


async def fill(bench: Bench) -> None:
    await bench.right.add_node(
        ["Application"], {"Name": "Payroll", "Version": "1.0", "ServiceId": "s", "VersionId": "v"}
    )
    await bench.right.add_node(["Application"], {"Name": "Shown", "Label": "Seen", "Kind": "SERVICE"})
    first, second = [await bench.right.add_node(["Payroll", "Employee"], {"pay": pay}) for pay in (1, 2)]
    await bench.right.add_relationship(first, second, "LEADS")
    await bench.right.add_node(["Seen"], {})


async def state_of(source: GraphSource) -> list[object]:
    """Return all that readers see of the applications that were there first."""
    state: list[object] = []
    for name, version in (("Payroll", "1.0"), ("Shown", "1.0.0")):
        entry = await source.get_application(name, version)
        nodes = [row async for rows in source.read_nodes(entry.label, batch_size=9) for row in rows]
        edges = [row async for rows in source.read_relationships(entry.label, batch_size=9) for row in rows]
        state += [entry, sorted(map(repr, nodes)), sorted(map(repr, edges))]
    return state


async def make_own(chance: random.Random, path: Path) -> None:
    """Write an archive of ours that says anything of its application."""
    said = {key: chance.choice(TEXTS) for key in ("name", "label", "version", "kind", "service_id", "version_id")}
    kept: dict[str, Any] = {key: value for key, value in said.items() if chance.random() < 0.3}
    entry = replace(make_entry("App"), **kept, properties=some_properties(chance))
    async with ArchiveWriter.open(path) as writer:
        application = await writer.begin(entry, ())
        await application.write_nodes([(7, some_labels(chance), some_properties(chance)), (8, ["B"], {})])
        await application.write_relationships([(0, 7, 8, chance.choice(TEXTS) or "R", {})])
        await application.finish()
        await writer.finish("memory", "source")
    if chance.random() < 0.5:
        spoil_manifest(chance, path)


def some_labels(chance: random.Random) -> list[str]:
    return sorted(set(chance.sample(TEXTS, chance.choice([0, 0, 1, 2]))))


def some_properties(chance: random.Random) -> dict[str, Any]:
    return {chance.choice(KEYS): chance.choice(VALUES) for _ in range(chance.choice([0, 0, 1, 2]))}


def spoil_manifest(chance: random.Random, path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    fields = json.loads(entries[MANIFEST])
    application = fields["applications"][0]
    for key in chance.sample([*sorted(application), "surprise"], chance.choice([1, 1, 2])):
        application[key] = chance.choice(VALUES)
    path.write_bytes(packed({**entries, MANIFEST: json.dumps(fields).encode()}))


def make_foreign(chance: random.Random, path: Path) -> None:
    """Write GraphML whose nodes look like entries of the catalogue, or like content of others."""
    keys = "".join(f'<key id="{key}" for="node" attr.name="{key}"/>' for key in ("Name", "Label", "Version", "Kind"))
    nodes = []
    for number in range(chance.choice([1, 2, 3])):
        labels = "".join(f":{each}" for each in some_labels(chance) + chance.choice([[], ["Application"]]))
        data = {key: chance.choice(TEXTS) for key in chance.sample(["Name", "Label", "Version", "Kind"], 2)}
        inner = "".join(f'<data key="{key}">{escape(text)}</data>' for key, text in data.items())
        nodes.append(f'<node id="n{number}" labels={quoteattr(labels)}>{inner}</node>')
    text = document("".join(nodes), keys)
    path.write_bytes(zipped({"a.graphml": text.encode("utf-8", "surrogatepass")}))


async def run_one(chance: random.Random, bench: Bench) -> Job | None:
    """Import an archive; None: nobody can write it."""
    name = chance.choice(["App.zip", "Payroll.zip", "Seen.zip", "Shown.zip", "Application.zip"])
    bench.mover.folder.mkdir(parents=True, exist_ok=True)
    try:
        if chance.random() < 0.7:
            await make_own(chance, bench.mover.folder / name)
        else:
            make_foreign(chance, bench.mover.folder / name)
    except (GraphferryError, ValueError, TypeError, OverflowError):
        return None
    import_as = chance.choice([None, None, "Fresh", "Fresh", "Payroll", "Seen"])
    return await bench.mover.import_archive(
        name,
        database="right",
        on_conflict=ConflictAction.OVERWRITE if import_as == "Fresh" else chance.choice(ACTIONS),
        import_as=import_as,
        suffix=chance.choice([None, "-2"]),
        dry_run=chance.random() < 0.1,
    )


async def import_many(chance: random.Random, bench: Bench, count: int, seed: int) -> Counter[str]:
    """Import archives into one database, and look after each; return what became of them, by code."""
    await fill(bench)
    source, codes = bench.right.source, Counter[str]()
    before = await state_of(source)
    for number in range(count):
        if (job := await run_one(chance, bench)) is None:
            continue
        where = f"--fault-seed {seed}, archive {number}: {job.failure}"
        assert job.status in {Status.CLOSED, Status.FAILED}, where
        assert job.failure is None or job.failure.code != "INTERNAL_ERROR", where
        assert await state_of(source) == before, where
        assert await source.list_damaged() == [], where
        for entry in await source.list_applications():
            await source.count(entry.label)
        codes[job.failure.code if job.failure else "closed"] += 1
    return codes


async def test_what_is_there_stays_as_it_is(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    chance = random.Random(seed := request.config.getoption("fault_seed"))
    codes = Counter[str]()
    for _ in range(request.config.getoption("fuzzed_archives") // 80):
        codes += await import_many(chance, make_bench(tmp_path, SeededMemory("left"), SeededMemory("right")), 20, seed)
    print(codes)
    assert codes["closed"] > 0


@pytest.mark.parametrize("bench", ["neo4j_2026"], indirect=True)
async def test_on_a_real_server(bench: Bench, request: pytest.FixtureRequest) -> None:
    chance = random.Random(seed := request.config.getoption("fault_seed"))
    print(await import_many(chance, bench, request.config.getoption("fuzzed_archives") // 40, seed))
