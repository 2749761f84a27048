"""The command line on a real stack: the README's section word by word, and a watch through the death of the gateway."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.documents.samples import CALLS, write_sample
from shared.archive.inspection.inspected_archive import read_names
from shared.archive.inspection.inspection import inspect
from shared.archive.limits import ArchiveLimits
from shared.settings.databases import DatabaseSettings
from tests.support.stacks.stack_process import open_stack
from tests.support.stacks.stacks import Stack
from tests.support.terminals import open_terminal

CHECKOUT = Path(__file__).parents[2]
SECTION = re.compile(r"^## The same by command line\n.*?```sh\n(.*?)```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def empty_stack(
    neo4j_2026: DatabaseSettings,
    neo4j_526: DatabaseSettings,
    valkey_for: Callable[[str], str],
    archives_for: Callable[[str], Mapping[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    databases = {"source": neo4j_2026, "target": neo4j_526}
    folder = tmp_path_factory.mktemp("stack")
    with open_stack(
        folder, tenants=("acme",), databases=databases, valkey_for=valkey_for, archives_for=archives_for
    ) as opened:
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


def test_a_watch_at_a_terminal_outlives_the_gateway(empty_stack: Stack, tmp_path: Path) -> None:
    ready = empty_stack.ready
    key = ready["tenants"]["acme"]["keys"]["admin"]
    environ = {"HOME": str(tmp_path), "GRAPHFERRY_URL": ready["gateway"], "GRAPHFERRY_KEY": key}
    sample = str(CHECKOUT / "docs" / "samples" / "orders.zip")
    os.kill(ready["pids"]["worker-1"], signal.SIGSTOP)
    with open_terminal(environ, "import", sample, "--database", "target") as terminal:
        terminal.see("Import in target: waiting")
        os.kill(ready["pids"]["gateway"], signal.SIGKILL)
        time.sleep(1)
        os.kill(ready["pids"]["worker-1"], signal.SIGCONT)
        assert terminal.end() == 0, terminal.raw
    assert terminal.lines[-2].split() == ["Orders", "1.2.0", "added", "6", "6"]


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
