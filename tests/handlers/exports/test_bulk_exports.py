"""An export for the servers' own importer is the same job, with another file."""

from __future__ import annotations

from shared.jobs.record import Status
from shared.jobs.requests import FileFilter
from tests.handlers.conftest import Bench
from tests.handlers.test_moves import seed


async def test_the_job_tells_the_same_of_either_file(bench: Bench) -> None:
    await seed(bench.left)
    archive = await bench.mover.export("App", database="left")
    bulk = await bench.mover.export("App", database="left", batch_size=2, file_filter=FileFilter.ONPREMISES)
    assert (bulk.status, bulk.failure) == (Status.CLOSED, None)
    assert bulk.summary == archive.summary
    assert (bulk.progress.nodes_done, bulk.progress.relationships_done) == (5, 8)


async def test_it_is_refused_as_an_archive(bench: Bench) -> None:
    await seed(bench.left)
    bulk = await bench.mover.export("App", database="left", file_filter=FileFilter.ONPREMISES)
    assert bulk.archive is not None
    imported = await bench.mover.import_archive(bulk.archive.name, database="right", import_as="Copy")
    assert imported.failure is not None
    assert imported.failure.code == "INVALID_ARCHIVE"
    assert "README.txt" in imported.failure.message
