"""Behind HAProxy, with the file that the documents show, failovers of the store lose nothing either."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from redis import Redis
from redis.exceptions import RedisError

from infra.engines.ports import LOOPBACK, choose_port
from infra.engines.process import start_process
from infra.proxies import HOW_TO_INSTALL, find_program
from tests.faults.conftest import Scale
from tests.faults.report import Figures
from tests.faults.test_failover import WAYS, fail_over_under_load, open_followed
from tests.support.faults.fleets import wait_for
from tests.support.faults.sentinels import Sentinels
from tests.support.faults.stacks import FaultStack
from tests.support.least_rights import log_in
from tests.support.proxies import write_sample
from tests.support.stacks.engines import SessionEngines


@pytest.fixture(scope="module")
def address(sentinels: Sentinels, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where HAProxy listens, which asks each server whether it is the master."""
    program, port = find_program("haproxy"), choose_port()
    assert program is not None, HOW_TO_INSTALL
    folder = tmp_path_factory.mktemp("haproxy")
    places = {f"{LOOPBACK}:{7001 + at}": f"{LOOPBACK}:{each.port}" for at, each in enumerate(sentinels.servers)}
    file = write_sample("haproxy-store.cfg", folder, {f"{LOOPBACK}:6379": f"{LOOPBACK}:{port}", **places})
    process = start_process("haproxy", [program, "-db", "-f", str(file)], log=folder / "log")
    try:
        wait_for(lambda: _leads_to_master(port), "HAProxy leads to the master")
        yield f"redis://{LOOPBACK}:{port}/0"
    finally:
        process.stop()


def _leads_to_master(port: int) -> bool:
    with suppress(RedisError), Redis(port=port) as client:
        return bool(client.info("replication")["role"] == "master")
    return False


@pytest.fixture(scope="module")
def behind(
    checked_engines: SessionEngines, address: str, sentinels: Sentinels, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FaultStack]:
    """A stack that knows the address of HAProxy alone."""
    url = log_in(address, sentinels.give_user("behind"))
    with open_followed(url, "behind", checked_engines, tmp_path_factory.mktemp("behind")) as opened:
        yield opened


@WAYS
def test_no_failover_behind_a_proxy_loses_an_answered_job(
    behind: FaultStack,
    sentinels: Sentinels,
    scale: Scale,
    rng: random.Random,
    figures: Figures,
    way: Callable[[Sentinels], int],
) -> None:
    for _ in range(scale.count(1, 50)):
        fail_over_under_load(behind, sentinels, scale, rng, figures, way)
