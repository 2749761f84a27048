"""Tests of how servers plan the statements that run again and again during a transfer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from neo4j import GraphDatabase

from shared.adapters.neo4j.cypher.application import ApplicationStatements
from shared.adapters.neo4j.cypher.batches import CREATE_RELATIONSHIPS
from shared.adapters.neo4j.cypher.journal import SCHEMA
from shared.adapters.neo4j.cypher.linking import CROSSING, DROP_LOST
from shared.adapters.neo4j.cypher.names import RETIRED, STAGED
from shared.adapters.neo4j.cypher.publishing import PUBLISH_AT_ONCE, publish_in_lane
from shared.adapters.neo4j.cypher.reading_back import (
    STAGED_DEGREES,
    STAGED_NODES,
    STAGED_RELATIONSHIP_BLOCKS,
    STAGED_RELATIONSHIPS,
)
from shared.adapters.neo4j.cypher.removing import FORGET, delete_all, delete_attached, delete_nodes, delete_outgoing
from shared.adapters.neo4j.cypher.replacing import label_nodes, restore_nodes
from shared.settings.databases import DatabaseSettings
from tests.support.stacks.engines import wipe_database

_OF_APPLICATION = ApplicationStatements("App", catalogue_inside=False)

_SEEKING = {
    "nodes": _OF_APPLICATION.nodes,
    "degrees": _OF_APPLICATION.degrees,
    "relationships": _OF_APPLICATION.relationships,
    "relationship blocks": _OF_APPLICATION.relationship_blocks,
    "created relationships": CREATE_RELATIONSHIPS,
    "staged nodes": STAGED_NODES,
    "staged degrees": STAGED_DEGREES,
    "staged relationships": STAGED_RELATIONSHIPS,
    "staged relationship blocks": STAGED_RELATIONSHIP_BLOCKS,
    "published nodes": publish_in_lane("App"),
    "nodes published at once": PUBLISH_AT_ONCE,
    "deleted outgoing relationships": delete_outgoing(RETIRED, inside=True),
    "deleted attached relationships": delete_attached(STAGED, inside=False),
    "deleted nodes": delete_nodes(STAGED),
    "all deleted at once": delete_all(RETIRED, inside=True),
    "a journal with its records": FORGET,
    "restored nodes": restore_nodes("App"),
    "labelled nodes": label_nodes("App"),
    "crossing relationships": CROSSING,
    "dropped relationships": DROP_LOST,
}

_OF_A_TYPE: dict[str, Any] = {
    "batch": {},
    "nul": "",
    **{each: [] for each in ("rows", "ids", "blocks", "groups", "pieces", "withheld", "others", "released", "keys")},
}
"""Parameters whose type a server looks at; the others are numbers here."""


@pytest.mark.parametrize("server", ["neo4j_2026", "neo4j_526"])
def test_an_empty_database_leads_to_no_plan_that_scans(request: pytest.FixtureRequest, server: str) -> None:
    settings: DatabaseSettings = request.getfixturevalue(server)
    wipe_database(settings)
    auth = (settings.user, settings.password.get_secret_value())
    with GraphDatabase.driver(settings.uri, auth=auth, notifications_min_severity="OFF") as driver:
        for constraint in SCHEMA:
            driver.execute_query(constraint)
        for name, statement in _SEEKING.items():
            parameters = {each: _OF_A_TYPE.get(each, 1) for each in re.findall(r"\$(\w+)", statement)}
            plan = driver.execute_query(f"EXPLAIN {statement}", parameters).summary.plan
            assert plan is not None
            assert [each for each in _operators(plan) if "Scan" in each] == [], name


def _operators(plan: dict[str, Any]) -> Iterator[str]:
    yield plan["operatorType"]
    for child in plan.get("children", []):
        yield from _operators(child)
