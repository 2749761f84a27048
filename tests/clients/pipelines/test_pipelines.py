"""The pipelines of the documentation do what it says, on a real stack, with its exit codes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from neo4j import GraphDatabase

from shared.settings.databases import DatabaseSettings
from tests.clients.pipelines.samples import FOLDER, RUN, Job, read_github, read_gitlab, read_jenkins
from tests.support.comparer import compare
from tests.support.holding import workers_held
from tests.support.stacks.stack_process import open_stack
from tests.support.stacks.stacks import Stack

SEED = (
    "CREATE (:Application {Name: 'Shop', Label: 'Shop', Version: '1.2.0'})",
    "UNWIND range(1, 60) AS i CREATE (:Shop:Item {number: i, at: datetime()})",
    "MATCH (a:Shop), (b:Shop) WHERE b.number = a.number + 1 CREATE (a)-[:NEXT {weight: 0.5}]->(b)",
)
ENVIRONMENTS = ("staging", "production")
COMMANDS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def stack(
    neo4j_2026: DatabaseSettings,
    neo4j_526: DatabaseSettings,
    valkey_for: Callable[[str], str],
    archives_for: Callable[[str], Mapping[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    """Two tenants that are two environments; the application is in `source`."""
    databases = {"source": neo4j_2026, "target": neo4j_526}
    folder = tmp_path_factory.mktemp("stack")
    with open_stack(
        folder, tenants=ENVIRONMENTS, databases=databases, valkey_for=valkey_for, archives_for=archives_for
    ) as opened:
        auth = (neo4j_2026.user, neo4j_2026.password.get_secret_value())
        with GraphDatabase.driver(neo4j_2026.uri, auth=auth) as driver, driver.session() as session:
            for statement in SEED:
                session.run(statement).consume()
        yield opened


@dataclass(slots=True, kw_only=True)
class Runner:
    """A machine that pipelines run on: a folder, a shell and their variables."""

    stack: Stack
    folder: Path
    more: dict[str, str] = field(default_factory=dict)

    def environ(self, environment: str) -> dict[str, str]:
        """Give the variables: the secrets are there, and nowhere else."""
        tenant = self.stack.ready["tenants"][environment]
        return {
            "PATH": f"{COMMANDS}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "RUN": RUN,
            "GRAPHFERRY_URL": self.stack.ready["gateway"],
            "GRAPHFERRY_KEY": tenant["keys"]["admin"],
            **self.more,
        }

    def start(self, script: str, environment: str = "staging") -> subprocess.Popen[str]:
        """Begin a script as runners do."""
        return subprocess.Popen(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=self.folder,
            env=self.environ(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, script: str, environment: str = "staging") -> tuple[int, str]:
        """Run a script; give its exit code and what it printed."""
        process = self.start(script, environment)
        output, _ = process.communicate(timeout=120)
        return process.returncode, output

    def do(self, job: Job) -> None:
        """Do a job that ends well."""
        self.more = dict(job.variables)
        for script in job.scripts:
            code, output = self.run(script, job.environment)
            assert code == 0, output
        self.more = {}


@pytest.fixture(scope="module", autouse=True)
def tools() -> None:
    """See that the machine has what the pipelines ask of one."""
    lacking = [name for name in ("bash", "curl", "jq", "sha256sum") if shutil.which(name) is None]
    assert lacking == [], "install it (Debian, Ubuntu: apt-get install -y curl jq)"


@pytest.fixture
def runner(stack: Stack, tmp_path: Path) -> Runner:
    shutil.copy(FOLDER / "ferry.sh", tmp_path)
    return Runner(stack=stack, folder=tmp_path)


def jobs_of(stack: Stack, tenant: str) -> list[Any]:
    jobs: list[Any] = stack.request("GET", "/api/v1/jobs?limit=500", tenant=tenant).body["jobs"]
    return jobs


@pytest.mark.parametrize(("read", "times"), [(read_github, 1), (read_gitlab, 1), (read_jenkins, 2)])
def test_a_pipeline_promotes_an_application_once(
    stack: Stack, runner: Runner, read: Callable[[], Sequence[Job]], times: int
) -> None:
    first, second = read()
    assert (first.environment, second.environment) == ENVIRONMENTS
    before = [len(jobs_of(stack, tenant)) for tenant in ENVIRONMENTS]
    for job in [first] * times + [second] * times:
        runner.do(job)
    assert compare(stack.place("source", "Shop"), stack.place("target", "Shop")) == []
    assert [len(jobs_of(stack, tenant)) for tenant in ENVIRONMENTS] == [before[0] + 1, before[1] + 2]
    archives = stack.request("GET", "/api/v1/archives", tenant="production").body["archives"]
    assert not any(RUN in each["name"] for each in archives)


@pytest.mark.parametrize("read", [read_github, read_gitlab, read_jenkins])
def test_who_aborts_a_pipeline_ends_its_job(
    stack: Stack, runner: Runner, read: Callable[[], Sequence[Job]], request: pytest.FixtureRequest
) -> None:
    job = read()[0]
    runner.more = {"RUN": f"aborted-{request.node.callspec.id}"}
    known = len(jobs_of(stack, "staging"))
    with workers_held(stack):
        process = runner.start(job.scripts[0])
        begun = wait_for_job(stack, known)
        os.kill(process.pid, signal.SIGTERM)
        process.communicate(timeout=30)
        if job.at_the_end:
            code, output = runner.run(f"export CI_JOB_STATUS=canceled\n{job.at_the_end}")
            assert code == 0, output
        else:
            assert process.returncode == 143
        assert jobs_of(stack, "staging")[0]["status"] == "cancelled"
    if not job.at_the_end:  # run again, the step does what it was to do
        code, output = runner.run(job.scripts[0])
        assert code == 0, output
        assert jobs_of(stack, "staging")[0]["retry_of"] == begun


def wait_for_job(stack: Stack, known: int) -> str:
    """Wait until one more job is there than was known; give its id."""
    end = time.monotonic() + 30
    while len(jobs := jobs_of(stack, "staging")) == known:
        assert time.monotonic() < end
        time.sleep(0.1)
    return str(jobs[0]["id"])


@pytest.mark.parametrize(
    ("variables", "expected", "said"),
    [
        ({"GRAPHFERRY_KEY": "gf_nonsense"}, 22, "UNAUTHENTICATED"),
        ({"GRAPHFERRY_URL": "http://127.0.0.1:1"}, 7, "connect"),
        ({"PATIENCE": "-1"}, 5, "goes on"),
        ({}, 1, "cancelled"),
    ],
    ids=["refused", "out of reach", "not in time", "job cancelled"],
)
def test_the_exit_codes_of_curl_and_jq(
    stack: Stack,
    runner: Runner,
    variables: dict[str, str],
    expected: int,
    said: str,
    request: pytest.FixtureRequest,
) -> None:
    runner.more = {"RUN": request.node.callspec.id.replace(" ", "-"), **variables}
    known = len(jobs_of(stack, "staging"))
    with workers_held(stack):
        process = runner.start("exec ./ferry.sh export Shop source shop.zip")
        if not variables:
            path = f"/api/v1/jobs/{wait_for_job(stack, known)}"
            stack.request("PATCH", path, {"status": "cancelled"}, tenant="staging")
        output, _ = process.communicate(timeout=60)
    assert process.returncode == expected, output
    assert said in output
