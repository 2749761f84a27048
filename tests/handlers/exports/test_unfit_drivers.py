"""A driver that would change values exports nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from neo4j.time import DateTime

from shared.adapters.neo4j.connection import PROBED
from shared.adapters.neo4j.cypher.catalogue import PROBE
from shared.adapters.neo4j.source.source import Neo4jSource
from shared.jobs.record import Status
from tests.support.drivers import DriverDouble
from tests.support.moves import Mover


@pytest.mark.internal_error
async def test_the_first_statement_of_an_export_is_refused_and_the_next_asks_again(tmp_path: Path) -> None:
    driver = DriverDouble(probed=DateTime(2000, 1, 1))
    mover = Mover(data_dir=tmp_path, sources={"left": Neo4jSource(driver.connect())}, targets={})
    for tried in (1, 2):
        job = await mover.export("App", database="left")
        assert job.failure is not None
        assert (job.status, job.failure.code) == (Status.FAILED, "DATABASE_UNAVAILABLE")
        assert "does not hand over values as the wire carries them" in job.failure.message
        assert driver.sent == [PROBE] * tried

    driver.probed = PROBED
    await mover.export("App", database="left")
    assert driver.sent[:3] == [PROBE] * 3
    assert len(driver.sent) > 3
    assert PROBE not in driver.sent[3:]
