"""The real engines that tests use, started at the first use and gone when the session ends."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from infra.engines.versions import CURRENT, LTS
from shared.adapters.s3.bucket import Bucket
from shared.adapters.valkey.schema import NEEDED
from shared.settings.databases import DatabaseSettings
from tests.support.faults.clusters import Cluster, open_cluster
from tests.support.internal_errors import MADE, watch_internal_errors
from tests.support.least_rights import INSTALLATIONS, make_user
from tests.support.object_stores import ObjectScene, credentials, make_scene, open_test_bucket
from tests.support.stacks.engines import OBJECT_STORES, SessionEngines, wipe_database
from tests.support.tools.jgrapht import JGraphT
from tests.support.xdist_internals import make_scheduler


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add how thorough the tests are that leave something to chance."""
    parser.addoption("--archives", choices=("folder", "s3"), default="folder", help="where stacks keep their archives")
    parser.addoption("--full-faults", action="store_true", help="break things as often as the design asks, for hours")
    parser.addoption("--fault-rounds", type=int, help="the most rounds of each fault test, for a full run in pieces")
    parser.addoption("--short-leases", action="store_true", help="let a full run of the fault tests wait less")
    parser.addoption("--fault-rows", help="only the fault tests of these rows, such as R1,R2")
    parser.addoption("--fault-report", type=Path, help="write what the fault tests measured to this file")
    parser.addoption("--fuzzed-requests", type=int, default=5, help="how many requests by chance each route gets")
    parser.addoption("--large-upload-bytes", type=int, default=64 * 1024**2, help="how much a large upload has")
    parser.addoption("--identity-races", type=int, default=3, help="how often changes of identity meet, of each kind")
    parser.addoption("--fuzzed-archives", type=int, default=400, help="how many damaged archives are read")
    parser.addoption("--fuzzed-records", type=int, default=1000, help="how many damaged records of a server are read")
    parser.addoption("--model-steps", type=int, default=150, help="how many steps the model of who sees what takes")
    parser.addoption("--round-trips", type=int, default=40, help="how many graphs move through each Neo4j at once")
    parser.addoption("--fault-seed", type=int, default=random.SystemRandom().getrandbits(32), help="repeat a session")


def pytest_configure(config: pytest.Config) -> None:
    """Give a process that shares the run the chances that the run's header shows; watch for faults of ours."""
    watch_internal_errors()
    config.option.fault_seed = getattr(config, "workerinput", {}).get("fault_seed", config.option.fault_seed)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only a folder has, where archives are in a bucket; the marker says why."""
    if config.getoption("archives") == "s3":
        for item in items:
            for marker in item.iter_markers("folder"):
                item.add_marker(pytest.mark.skip(reason=marker.args[0]))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name cases of bytes by their place: packed ones hold the time, and each process must give the same names."""
    return argname if isinstance(val, bytes) else None


def pytest_configure_node(node: Any) -> None:
    """Tell a process that shares the run what repeats the chances."""
    node.workerinput["fault_seed"] = node.config.option.fault_seed


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Keep together what shares a stack, where processes share the run."""
    return make_scheduler(config, log)


def pytest_report_header(config: pytest.Config) -> str:
    """Say what repeats the session's chances."""
    return f"faults: --fault-seed {config.getoption('fault_seed')}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail every test in which an internal error shows, but for those that provoke one."""
    MADE.clear()
    yield
    provokes = item.get_closest_marker("internal_error") is not None
    assert bool(MADE) == provokes, f"internal errors: {MADE}"


@pytest.fixture(scope="session")
def session_engines(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[SessionEngines]:
    wanted = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    has_bucket = request.config.getoption("archives") == "s3"
    engines = SessionEngines(tmp_path_factory.mktemp("engines"), has_bucket=has_bucket)
    if "neo4j" in wanted or {"neo4j_2026", "neo4j_526"} <= wanted:
        engines.begin_neo4j()  # both at once take little longer than one
    with credentials() if has_bucket else nullcontext():
        yield engines
    engines.stop()


@pytest.fixture(scope="session")
def valkey_server(session_engines: SessionEngines) -> str:
    """The address of the session's Valkey, whatever it holds, as its owner has it."""
    return session_engines.valkey_url()


@pytest.fixture(scope="session")
def valkey_for(valkey_server: str) -> Callable[[str], str]:
    """Gives the address of the session's Valkey to an installation, with a user of least rights of its own.

    Others share the server, so the installation is begun as the documentation says.
    """

    def begin(installation: str) -> str:
        with Redis.from_url(valkey_server) as client:
            client.set(f"{{{installation}}}:schema", NEEDED, nx=True)
        return make_user(valkey_server, installation)

    return begin


@pytest.fixture(scope="session")
def archives_for(session_engines: SessionEngines) -> Callable[[str], Mapping[str, str]]:
    """Gives the variables that say where an installation's archives are: as --archives does."""
    return session_engines.archives_for


@pytest.fixture
def valkey_url(valkey_server: str) -> str:
    """The address of the session's Valkey, emptied, for processes and adapters: with a user of least rights."""
    with Redis.from_url(valkey_server) as client:
        client.flushall()
    return make_user(valkey_server, *INSTALLATIONS)


@pytest.fixture(scope="session")
async def moto(session_engines: SessionEngines) -> AsyncIterator[Bucket]:
    """The bucket of the session's object store that knows conditional writes, whatever it holds."""
    async with open_test_bucket(session_engines.object_store("moto").address("")) as bucket:
        yield bucket


@pytest.fixture(scope="session")
async def rclone(session_engines: SessionEngines) -> AsyncIterator[Bucket]:
    """The same of the one that passes over conditions."""
    async with open_test_bucket(session_engines.object_store("rclone").address("")) as bucket:
        yield bucket


@pytest.fixture(scope="session")
async def versitygw(session_engines: SessionEngines) -> AsyncIterator[Bucket]:
    """The same of the one that keeps files, where it is."""
    async with open_test_bucket(session_engines.object_store("versitygw").address("")) as bucket:
        yield bucket


@pytest.fixture(params=OBJECT_STORES)
def object_scene(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectScene:
    """Each of the session's object stores in turn, under a prefix that nothing else has."""
    return make_scene(request.getfixturevalue(request.param), tmp_path / "scratch")


@pytest.fixture(scope="session")
def session_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The session's Valkey Cluster, whatever it holds."""
    with open_cluster(tmp_path_factory.mktemp("cluster"), "ours") as opened:
        yield opened


@pytest.fixture
def cluster_url(session_cluster: Cluster) -> str:
    """The address of the session's Valkey Cluster, emptied, with a user of least rights."""
    session_cluster.empty()
    return session_cluster.admit(*INSTALLATIONS)


@pytest.fixture(scope="session")
def neo4j_2026(session_engines: SessionEngines) -> DatabaseSettings:
    """The session's Neo4j of the current line, whatever it holds."""
    return session_engines.neo4j(CURRENT)


@pytest.fixture(scope="session")
def neo4j_526(session_engines: SessionEngines) -> DatabaseSettings:
    """The session's Neo4j of the long-term line, whatever it holds."""
    return session_engines.neo4j(LTS)


@pytest.fixture(params=["neo4j_2026", "neo4j_526"])
def neo4j(request: pytest.FixtureRequest) -> DatabaseSettings:
    """Each of the session's Neo4j servers in turn, emptied."""
    settings: DatabaseSettings = request.getfixturevalue(request.param)
    wipe_database(settings)
    return settings


@pytest.fixture(scope="session")
def jgrapht(tmp_path_factory: pytest.TempPathFactory) -> JGraphT:
    """JGraphT, with our program for it compiled."""
    return JGraphT(tmp_path_factory.mktemp("jgrapht"))
