"""However many entries of the catalogue name no label, and however many names are looked for, few questions do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from neo4j import Query
from typing_extensions import override

from shared.adapters.neo4j.connection import PROBED
from shared.adapters.neo4j.cypher.catalogue import CATALOGUE_ENTRIES, LABELS_IN_USE, PROBE
from shared.adapters.neo4j.source.source import Neo4jSource
from tests.support.drivers import DriverDouble, ResultDouble

ENTRIES: list[list[Any]] = [[{"Name": f"App {number}", "Version": "1.0.0"}] for number in range(500)]


@dataclass(slots=True, kw_only=True)
class ManyEntries(DriverDouble):
    @override
    async def run(self, statement: str | Query, parameters: Any = None) -> ResultDouble:
        found = await DriverDouble.run(self, statement, parameters)
        rows: list[list[Any]] | None = {CATALOGUE_ENTRIES: ENTRIES, LABELS_IN_USE: [[[]]]}.get(self.sent[-1])
        return found if rows is None else ResultDouble(rows)


async def test_entries_without_labels_cost_one_question() -> None:
    driver = ManyEntries(probed=PROBED)
    assert len(await Neo4jSource(driver.connect()).list_applications()) == len(ENTRIES)
    assert driver.sent == [PROBE, CATALOGUE_ENTRIES, LABELS_IN_USE]


async def test_names_that_are_no_entries_cost_one_question() -> None:
    driver = ManyEntries(probed=PROBED)
    assert await Neo4jSource(driver.connect()).find_bare_labels({f"Name {number}" for number in range(500)}) == []
    assert driver.sent == [PROBE, LABELS_IN_USE]
