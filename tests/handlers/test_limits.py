"""What archives may hold is a setting, the same for exports, copies and imports."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shared.archive.limits import ArchiveLimits, Setting
from shared.jobs.record import Job, Status
from shared.jobs.requests import ApplicationChoice, ConflictAction, FileFilter
from shared.settings.limits import LimitSettings
from shared.settings.process import PREFIX, Settings
from tests.handlers.conftest import Bench, make_bench
from tests.handlers.test_moves import applications_of, seed
from tests.support.archives.foreign import OLDER, document, zipped
from tests.support.moves import Mover
from tests.support.stacks.databases import SeededMemory

MIB = 1024**2
DEEP = document('<node id="a"><data key="x">' + "<y>" * 12 + "</y>" * 12 + "</data></node>")
MANY_ATTRIBUTES = " ".join(f'a{number}="x"' for number in range(20))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path, SeededMemory("left"), SeededMemory("right"))


def limited(bench: Bench, **settings: int) -> Mover:
    """Give the same worker with other settings."""
    return replace(bench.mover, further=settings)


def put(bench: Bench, name: str, content: bytes) -> None:
    bench.mover.folder.mkdir(parents=True, exist_ok=True)
    (bench.mover.folder / name).write_bytes(content)


def require_refused(job: Job, code: str, setting: Setting) -> None:
    assert job.failure is not None
    assert (job.status, job.failure.code) == (Status.FAILED, code)
    assert setting in job.failure.message


def test_every_setting_is_named_in_messages() -> None:
    assert {PREFIX + name.upper() for name in LimitSettings.model_fields} == set(Setting)
    defaults, limits = Settings(), ArchiveLimits()
    for setting in Setting:
        field = {"VALUE_BYTES": "token_bytes"}.get(setting.name, setting.name.lower())
        assert getattr(limits, field) == getattr(defaults, setting.removeprefix(PREFIX).lower())


async def test_a_value_above_the_limit_is_neither_written_nor_read(bench: Bench) -> None:
    await seed(bench.left)
    await bench.left.add_node(["App"], {"text": "x" * 70_000})
    small = limited(bench, max_value_bytes=65_536)
    copied = ApplicationChoice(source_name="App", name="Copy")
    require_refused(await small.export("App", database="left"), "UNSUPPORTED_VALUE", Setting.VALUE_BYTES)
    require_refused(await small.copy(copied), "UNSUPPORTED_VALUE", Setting.VALUE_BYTES)

    exported = await bench.mover.export("App", database="left")
    assert exported.archive is not None
    refused = await small.import_archive(exported.archive.name, database="right")
    require_refused(refused, "INVALID_ARCHIVE", Setting.VALUE_BYTES)
    assert (await bench.mover.copy(copied)).status is Status.CLOSED


async def test_a_value_above_the_default_goes_all_the_way_where_the_limit_is_raised(bench: Bench) -> None:
    await seed(bench.left)
    await bench.left.add_node(["App"], {"text": "x" * (17 * MIB)})
    require_refused(await bench.mover.export("App", database="left"), "UNSUPPORTED_VALUE", Setting.VALUE_BYTES)

    large = limited(bench, max_value_bytes=32 * MIB)
    exported = await large.export("App", database="left")
    assert exported.archive is not None, exported.failure
    first = await large.import_archive(exported.archive.name, database="right")
    assert (first.status, first.failure) == (Status.CLOSED, None)
    dry = await large.import_archive(
        exported.archive.name, database="right", on_conflict=ConflictAction.OVERWRITE, dry_run=True
    )
    assert applications_of(dry)[0]["difference"]["equal"], dry.failure  # type: ignore[index]
    copied = await large.copy(ApplicationChoice(source_name="App", name="Copy"))
    assert (copied.status, copied.failure) == (Status.CLOSED, None)


@pytest.mark.parametrize("file_filter", list(FileFilter))
async def test_entries_count_together_while_they_are_written(bench: Bench, file_filter: FileFilter) -> None:
    for label in ("One", "Two"):
        await seed(bench.left, label)
        for number in range(10):
            await bench.left.add_node([label], {"text": f"{number}" * 70_000})
    small = limited(bench, max_inflated_bytes=MIB)
    for name in ("One", "Two"):
        assert (await small.export(name, database="left", file_filter=file_filter)).status is Status.CLOSED
    both = await small.export("One", "Two", database="left", file_filter=file_filter)
    require_refused(both, "TOO_LARGE", Setting.INFLATED_BYTES)


async def test_a_manifest_above_the_limit_is_not_written(bench: Bench) -> None:
    await seed(bench.left)
    for number in range(80):
        await bench.left.add_node(["App", f"{number}" * 8000], {})
    require_refused(
        await limited(bench, max_manifest_bytes=MIB).export("App", database="left"),
        "TOO_LARGE",
        Setting.MANIFEST_BYTES,
    )


IMPORTS = {
    Setting.INFLATED_BYTES: (zipped({"a.graphml": document(" " * 2_000_000)}), MIB),
    Setting.DEPTH: (zipped({"a.graphml": DEEP}), 8),
    Setting.ATTRIBUTES: (zipped({"a.graphml": document(f'<node id="a" {MANY_ATTRIBUTES}/>')}), 16),
    Setting.ENTRIES: (zipped({f"{number}.graphml": document("") for number in range(17)}), 16),
    Setting.COLUMNS: (OLDER.read_bytes(), 2),
    Setting.RATIO: (zipped({"a.graphml": document(f"<desc>{' ' * MIB}</desc>" * 70)}), 101),
}


@pytest.mark.parametrize("setting", IMPORTS)
async def test_a_refused_archive_names_the_setting(bench: Bench, setting: Setting) -> None:
    content, value = IMPORTS[setting]
    put(bench, "a.zip", content)
    small = limited(bench, **{setting.removeprefix(PREFIX).lower(): value})
    require_refused(await small.import_archive("a.zip", database="right"), "INVALID_ARCHIVE", setting)
    large = limited(bench, max_ratio=2000)
    assert (await large.import_archive("a.zip", database="right")).status is Status.CLOSED
