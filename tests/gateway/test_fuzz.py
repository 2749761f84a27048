"""Requests made by chance from the whole document get what it promises: no status and no body beside it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from shared.settings.process import Settings
from tests.gateway.conftest import Client, World
from tests.gateway.dialects.native.test_jobs import submit
from tests.support.archives.small import make_archive

ZIP = make_archive("MyApp")
CHECKOUT = Path(__file__).parents[2]
CHECKS = "status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"
"""A 500 is promised nowhere; a 503 is, for the queue fills where nobody works."""
ENDLESS = ("jobs.events", "events")
"""Streams have tests of their own."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    limits = {"darwin_wait_seconds": 1, "failed_logins_per_minute": 1_000_000, "requests_per_minute": 10_000_000}
    return settings.model_copy(update=limits)


@pytest.mark.parametrize("caller", ["admin", "architect", "root"])
async def test_chance_finds_nothing_beside_the_document(
    client: Client, world: World, caller: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    examples, seed = request.config.getoption("fuzzed_requests"), request.config.getoption("fault_seed")
    if caller == "admin":
        await name_what_is_there(world, tmp_path)
    document, base = str(client.make_url("/openapi.json")), str(client.make_url("/"))
    command = ["-m", "schemathesis.cli", "run", document, "--url", base]
    command += ["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", str(examples)]
    command += ["--seed", str(seed), "--generation-database", "none", "--no-color", "--continue-on-failure"]
    command += [part for name in ENDLESS for part in ("--exclude-operation-id", name)]
    headers = {**world.as_(caller), "x-tenant-name": "acme"}
    command += [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT), "SCHEMATHESIS_HOOKS": "tests.support.fuzz_hooks"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=tmp_path,
        env=environ,
    )
    told = (await process.communicate())[0].decode()
    print(told)
    assert process.returncode == 0, told[-20_000:]


async def name_what_is_there(world: World, folder: Path) -> None:
    """Let one caller's requests reach what exists; those of the others name things by chance."""
    world.archives.put("acme", "MyApp.zip", ZIP)
    job = await submit(world, "admin")
    there = {"tenant": "acme", "database": "source", "job_id": job.id}
    lines = [f'"path.{name}" = "{value}"' for name, value in there.items()]
    (folder / "schemathesis.toml").write_text("\n".join(["[parameters]", *lines]))
