"""Nodes that somebody else gives the label of an application while a job works on it are counted and told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from handlers.imports.writing import ImportWriting
from shared.jobs.record import Job, JobKind, Status
from shared.jobs.requests import DeleteRequest
from tests.handlers.conftest import Bench
from tests.support.archives.foreign import document, zipped

pytestmark = pytest.mark.parametrize("bench", ["memory", "neo4j_2026"], indirect=True)


async def bring(bench: Bench) -> Job:
    bench.mover.folder.mkdir(parents=True, exist_ok=True)
    (bench.mover.folder / "A.zip").write_bytes(zipped({"a.graphml": document('<node id="n0" labels=":B"/>')}))
    return await bench.mover.import_archive("A.zip", database="right")


def warnings_of(job: Job) -> Sequence[str]:
    assert (job.status, job.failure) == (Status.CLOSED, None)
    assert job.summary is not None
    return [each for each in job.summary.warnings or () if "label" in each and "nodes" in each]


async def test_an_import_tells_of_them(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    write = ImportWriting.write

    async def write_with_strangers(self: ImportWriting, *given: Any) -> None:
        await write(self, *given)
        for _ in range(3):
            await bench.right.add_node(["A", "Stranger"])

    monkeypatch.setattr(ImportWriting, "write", write_with_strangers)
    (told,) = warnings_of(await bring(bench))
    assert told == "A: 3 nodes have its label that this import did not bring; they belong to it now."


async def test_a_deletion_tells_of_them(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert warnings_of(await bring(bench)) == []
    target = bench.mover.targets["right"]
    begin = target.begin_removal

    async def begin_with_strangers(*given: Any) -> object:
        await bench.right.add_node(["A", "Stranger"])
        return await begin(*given)

    monkeypatch.setattr(target, "begin_removal", begin_with_strangers)
    job = await bench.mover.run(JobKind.DELETE, DeleteRequest(database="right", name="A"))
    assert warnings_of(job) == ["1 nodes went that got the label after the deletion had begun."]
