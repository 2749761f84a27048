"""The README's section on the command line does what it says, word by word."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.samples import CALLS, write_sample
from shared.archive.intake import read_names
from shared.archive.limits import ArchiveLimits
from shared.archive.preflight import inspect
from shared.settings import DatabaseSettings
from tests.support.engines import wipe_database
from tests.support.stack_process import open_stack
from tests.support.stacks import Stack

CHECKOUT = Path(__file__).parents[2]
SECTION = re.compile(r"^## The same by command line\n.*?```sh\n(.*?)```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def empty_stack(
    neo4j_2026: DatabaseSettings, neo4j_526: DatabaseSettings, valkey_url: str, tmp_path: Path
) -> Iterator[Stack]:
    databases = {"source": neo4j_2026, "target": neo4j_526}
    for settings in databases.values():
        wipe_database(settings)
    with open_stack(tmp_path, tenants=("acme",), databases=databases, valkey_url=valkey_url) as opened:
        yield opened


def shell(script: str, folder: Path, environ: Mapping[str, str], *, typed: str = "") -> str:
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={"HOME": str(folder), "PATH": os.environ["PATH"], **environ},
        input=typed,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def ask(command: str, folder: Path) -> list[Any]:
    path = f"{CHECKOUT / '.venv' / 'bin'}:{os.environ['PATH']}"
    return [orjson.loads(line) for line in shell(f"{command} --json", folder, {"PATH": path}).splitlines()]


def test_the_readme_is_true(empty_stack: Stack, tmp_path: Path) -> None:
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in ("docs", ".venv"):
        (folder / name).symlink_to(CHECKOUT / name)
    found = SECTION.search((CHECKOUT / "README.md").read_text())
    assert found is not None
    url = empty_stack.ready["gateway"]
    shell(found[1], folder, {"URL": url}, typed=f"{empty_stack.ready['super_admin']}\n")
    _check_jobs(ask("graphferry jobs list", folder))
    assert [each["name"] for each in ask("graphferry applications list", folder)] == ["Billing"]
    (archive,) = ask("graphferry archives list", folder)
    assert archive["name"].startswith("Orders-")
    assert read_names(folder / "again.zip", "again.zip", ArchiveLimits()) == ["Orders"]


def _check_jobs(jobs: list[Any]) -> None:
    """All closed, and none began before the one before it had ended."""
    jobs = sorted(jobs, key=lambda job: str(job["created"]))
    assert [(job["kind"], job["status"]) for job in jobs] == [
        *[("import", "closed")] * 2,
        ("export", "closed"),
        ("delete", "closed"),
    ]
    assert all(after["started"] >= before["ended"] for before, after in pairwise(jobs))


@pytest.mark.parametrize("application", CALLS)
async def test_the_samples_are_what_the_command_writes(application: str, tmp_path: Path) -> None:
    await write_sample(application, tmp_path / "written.zip")
    written = await inspect(tmp_path / "written.zip")
    kept = await inspect(CHECKOUT / "docs" / "samples" / f"{application.lower()}.zip")
    assert kept.manifest == written.manifest
