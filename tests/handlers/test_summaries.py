"""What jobs tell of themselves stays the same JSON, key by key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
import pytest

from shared.concurrency.interruptions import JobCancelled
from shared.jobs.record import Job, JobKind, Phase, Status
from shared.jobs.requests import ApplicationChoice, ConflictAction, DeleteRequest, FileFilter
from shared.jobs.summary_json import to_json
from shared.logs import log_path
from shared.settings.process import Settings
from tests.handlers.conftest import Bench, make_bench
from tests.handlers.imports.test_cancels import interrupt_at
from tests.support.archives.foreign import OLDER
from tests.support.stacks.databases import SeededDatabase, SeededMemory
from tests.support.summaries import read_recorded

Scenario = Callable[[Bench], Awaitable[Job]]
OVERWRITE, SKIP, ADD_VERSION = ConflictAction.OVERWRITE, ConflictAction.SKIP, ConflictAction.ADD_VERSION


async def seed(database: SeededDatabase) -> None:
    """Make a shop that has a version, uses a base without one, and shares a type with it."""
    await database.add_constraint("Type", "id")
    await database.add_node(["Application"], {"Name": "Shop", "Version": "2.1.0", "Kind": "SERVICE"})
    await database.add_node(["Application"], {"Name": "Base"})
    shared = await database.add_node(["Shop", "Base", "Type"], {"id": 3, "note": "ours"})
    shop = await database.add_node(["Shop", "Loose"], {"code": "shop", "size": 1})
    base = await database.add_node(["Base", "Loose"], {"code": "base"})
    plain = await database.add_node(["Shop", "Plain"], {"name": "Ä"})
    await database.add_relationship(shop, plain, "CONTAINS")
    await database.add_relationship(shop, shared, "HAS_TYPE")
    await database.add_relationship(base, shared, "HAS_TYPE")
    await database.add_relationship(shop, base, "CALLS", {"line": 1})
    await database.add_relationship(base, plain, "KNOWS")


async def export(bench: Bench) -> Job:
    await seed(bench.left)
    return await bench.mover.export("Shop", "Base", database="left")


async def export_for_bulk_import(bench: Bench) -> Job:
    await seed(bench.left)
    return await bench.mover.export("Shop", database="left", file_filter=FileFilter.ONPREMISES)


async def export_what_is_not_there(bench: Bench) -> Job:
    return await bench.mover.export("Shop", database="left")


async def add(bench: Bench) -> Job:
    """Import an application that joins a node that differs, and whose references wait for another."""
    await export(bench)
    await bench.right.add_constraint("Type", "id")
    await bench.right.add_node(["Application"], {"Name": "Web"})
    await bench.right.add_node(["Web", "Type"], {"id": 3, "note": "theirs"})
    choice = ApplicationChoice(source_name="Shop", name="Store")
    return await bench.mover.import_archive("out.zip", database="right", choices=(choice,))


async def overwrite(bench: Bench) -> Job:
    """Overwrite an application that others use, by a node that goes and by one that comes again."""
    await export(bench)
    source = bench.left
    plain = await source.add_node(["Shop", "Plain"], {"name": "goes"})
    loose = await source.add_node(["Shop", "Loose"], {"code": "shop again"})
    await source.add_node(["Application"], {"Name": "Web", "Kind": "SCRIPT_TASK"})
    web = await source.add_node(["Web", "Loose"], {"code": "web"})
    await source.add_relationship(web, plain, "CALLS")
    await source.add_relationship(loose, web, "CALLS")
    choice = ApplicationChoice(source_name="Shop", name="Shop", on_conflict=OVERWRITE)
    return await bench.mover.import_archive("out.zip", database="left", choices=(choice,))


async def skip(bench: Bench) -> Job:
    await export(bench)
    return await bench.mover.import_archive("out.zip", database="left", on_conflict=SKIP)


async def add_version(bench: Bench) -> Job:
    await export(bench)
    choices = (
        ApplicationChoice(source_name="Shop", name="Shop", on_conflict=ADD_VERSION),
        ApplicationChoice(source_name="Base", name="Base", on_conflict=SKIP),
    )
    return await bench.mover.import_archive("out.zip", database="left", choices=choices)


async def import_foreign(bench: Bench) -> Job:
    bench.mover.folder.mkdir(parents=True)
    (bench.mover.folder / "older.zip").write_bytes(OLDER.read_bytes())
    return await bench.mover.import_archive("older.zip", database="right")


async def try_out(bench: Bench) -> Job:
    """Foresee a conflict with what has changed since, and an addition."""
    await export(bench)
    source = bench.left
    await bench.mover.run(JobKind.DELETE, DeleteRequest(database="left", name="Shop"))
    await source.add_node(["Application"], {"Name": "Shop", "Version": "2.1.0"})
    shop = await source.add_node(["Shop", "Loose"], {"code": "shop", "size": 2})
    other = await source.add_node(["Shop", "Other"], {"name": "new"})
    await source.add_relationship(shop, other, "OWNS", {"since": 1})
    choices = (
        ApplicationChoice(source_name="Shop", name="Shop"),
        ApplicationChoice(source_name="Base", name="Base again"),
        ApplicationChoice(source_name="Base", name="Base", on_conflict=OVERWRITE),
    )
    return await bench.mover.import_archive("out.zip", database="left", choices=choices, dry_run=True)


async def delete(bench: Bench) -> Job:
    await seed(bench.left)
    await bench.left.add_node(["Application"], {"Name": "Shop", "Version": "2.2.0", "Label": "Shop@2.2.0"})
    return await bench.mover.run(JobKind.DELETE, DeleteRequest(database="left", name="Shop"))


async def copy(bench: Bench) -> Job:
    await seed(bench.left)
    return await bench.mover.copy(ApplicationChoice(source_name="Shop", name="Store"))


async def try_copy(bench: Bench) -> Job:
    await seed(bench.left)
    return await bench.mover.copy(ApplicationChoice(source_name="Base", name="Base"), dry_run=True)


async def cancel(bench: Bench) -> Job:
    """Stop an import once it has written something."""
    await export(bench)
    with pytest.MonkeyPatch.context() as patch:
        interrupt_at(Phase.VERIFYING, patch, JobCancelled)
        return await bench.mover.import_archive("out.zip", database="right")


SCENARIOS: dict[str, tuple[Scenario, Status]] = {
    "export": (export, Status.CLOSED),
    "export_for_bulk_import": (export_for_bulk_import, Status.CLOSED),
    "failed_export": (export_what_is_not_there, Status.FAILED),
    "added": (add, Status.CLOSED),
    "replaced": (overwrite, Status.CLOSED),
    "skipped": (skip, Status.CLOSED),
    "version_added": (add_version, Status.CLOSED),
    "foreign": (import_foreign, Status.CLOSED),
    "dry_run": (try_out, Status.CLOSED),
    "deletion": (delete, Status.CLOSED),
    "copy": (copy, Status.CLOSED),
    "dry_run_of_copy": (try_copy, Status.CLOSED),
    "cancelled_import": (cancel, Status.CANCELLED),
}


@pytest.mark.parametrize("name", SCENARIOS)
async def test_records_and_logs_say_the_same_as_ever(tmp_path: Path, name: str) -> None:
    scenario, status = SCENARIOS[name]
    job = await scenario(make_bench(tmp_path, SeededMemory("left"), SeededMemory("right")))
    assert job.status is status, job.failure
    expected = orjson.dumps(read_recorded(f"records/{name}"))
    assert orjson.dumps(to_json(job.summary)) == expected
    assert last_line(tmp_path, job).endswith(b'"summary":' + expected + b"}")


async def test_a_deletion_logs_what_went(tmp_path: Path) -> None:
    job = await delete(make_bench(tmp_path, SeededMemory("left"), SeededMemory("right")))
    applications = orjson.dumps(read_recorded("records/deletion")["applications"])
    assert last_line(tmp_path, job, "deleted").endswith(b'"applications":' + applications + b"}")


def last_line(data_dir: Path, job: Job, event: str = "job ended") -> bytes:
    """Return the last line of a job's log that tells of an event."""
    lines = log_path(Settings(data_dir=data_dir), job.tenant, job.id).read_bytes().splitlines()
    return [line for line in lines if orjson.loads(line)["event"] == event][-1]
