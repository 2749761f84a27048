"""Every answer carries a request id, and what keeps browsers from harm."""

from __future__ import annotations

import uuid

import pytest

from gateway.middlewares.headers import SECURITY_HEADERS
from tests.gateway.conftest import Client, World

PATHS = ["/livez", "/readyz", "/nothing", "/api/v1/me", "/imaging/etl/api/app/export", "/api/v1/archives/a.zip"]


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_has_them(client: Client, world: World, path: str) -> None:
    world.archives.put("acme", "a.zip", b"x")
    for headers in ({}, world.as_("admin")):
        response = await client.get(path, headers=headers)
        assert uuid.UUID(response.headers["X-Request-Id"]).version == 7
        for name in SECURITY_HEADERS:
            assert name in response.headers
        assert response.headers["Server"] == "graphferry"


@pytest.mark.parametrize(("sent", "is_kept"), [("abc-1.2:3_x", True), ("a b", False), ("x" * 129, False), ("ä", False)])
async def test_a_callers_id_is_kept_where_it_is_safe(client: Client, sent: str, is_kept: bool) -> None:
    response = await client.get("/livez", headers={"X-Request-Id": sent})
    assert (response.headers["X-Request-Id"] == sent) is is_kept
