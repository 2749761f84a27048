"""What a body may multiply is bounded: its values, the names that are looked up, the errors that are told."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.bodies.parsing import MOST_NAMES
from shared.settings.process import Settings
from tests.gateway.conftest import Client, World
from tests.support.pace import takes_at_most

NAMED = [{"name": f"App {number}"} for number in range(MOST_NAMES + 1)]
NAMES = [f"name {number}" for number in range(MOST_NAMES + 1)]
VERSIONS = [{"name": "A", "major": 1, "minor": 0, "micro": 0, "type": "APPLICATION_VERSION"}] * (MOST_NAMES + 1)
BODIES: dict[str, tuple[str, dict[str, Any]]] = {
    "exports": ("/api/v1/exports", {"database": "source", "applications": NAMED}),
    "copies": ("/api/v1/copies", {"from_database": "source", "to_database": "target", "applications": NAMED}),
    "imports": ("/api/v1/imports", {"database": "target", "archive": "a.zip", "applications": NAMED}),
    "joined": ("/api/v1/imports", {"database": "target", "archive": "a.zip", "join_labels": NAMES}),
    "renamed": (
        "/api/v1/imports",
        {"database": "target", "archive": "a.zip", "rename_labels": dict.fromkeys(NAMES, "x")},
    ),
    "roles": ("/api/v1/users", {"user": "ann", "roles": NAMES}),
    "databases": ("/api/v1/tenants", {"name": "new", "databases": NAMES}),
    "services": ("/acme/api/v4/export", {"inputs": {"services": NAMES}}),
    "folders": ("/acme/api/v4/export", {"inputs": {"folders": NAMES}}),
    "version ids": ("/acme/api/v4/export", {"inputs": {"version_ids": NAMES}}),
    "versions": ("/darwin/api/2.0/exportimport/export", {"exportRequestParameter": VERSIONS}),
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"max_json_bytes": 1024**2})


@pytest.mark.parametrize(("path", "body"), BODIES.values(), ids=list(BODIES))
async def test_a_list_of_names_has_an_end(client: Client, world: World, path: str, body: dict[str, Any]) -> None:
    headers = {**world.as_("root"), "x-tenant-name": "acme"}
    response = await client.post(path, json=body, headers=headers)
    assert response.status == 400
    assert f"at most {MOST_NAMES}" in await response.text()


@pytest.mark.parametrize("content", ["[" + "1," * 450_000 + "1]", "{" + '"a":1,' * 120_000 + '"b":1}'])
async def test_a_body_of_countless_values_is_refused_before_they_are_made(
    client: Client, world: World, content: str
) -> None:
    with takes_at_most(1):
        response = await client.post("/api/v1/exports", data=content, headers=world.as_("admin"))
    assert (response.status, (await response.json())["code"]) == (400, "INVALID_REQUEST")


async def test_a_hundred_errors_are_named(client: Client, world: World) -> None:
    body = {"database": "source", "applications": [{"name": "A"}]} | {f"k{number}": 1 for number in range(150)}
    response = await client.post("/api/v1/exports", json=body, headers=world.as_("admin"))
    details = (await response.json())["details"]
    assert (len(details), details[-1]) == (101, "and 50 more")
