"""Pages of other origins may call only where settings name them."""

from __future__ import annotations

import pytest

from gateway.routes import list_routes
from shared.settings.process import Settings
from tests.gateway.conftest import Client, World

PAGE = {"Origin": "https://page.example"}
ASKING = {**PAGE, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "x-api-key"}
PATH = "/api/v1/jobs"


@pytest.fixture(params=[(), ("https://page.example",), ("*",)], ids=["off", "named", "any"])
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    return settings.model_copy(update={"cors_origins": request.param})


async def test_an_answer_may_be_read_where_the_origin_is_named(client: Client, world: World) -> None:
    answer = await client.get(PATH, headers={**PAGE, **world.as_("admin")})
    assert answer.status == 200
    if not world.settings.cors_origins:
        assert not [name for name in answer.headers if name.startswith("Access-Control")]
        return
    assert answer.headers["Access-Control-Allow-Origin"] == "https://page.example"
    assert answer.headers["Vary"] == "Origin"
    assert "Location" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_what_a_browser_asks_before_is_answered_where_the_origin_is_named(client: Client, world: World) -> None:
    answer = await client.options(PATH, headers=ASKING)
    if not world.settings.cors_origins:
        assert answer.status == 405
        return
    assert answer.status == 204
    assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
    allowed = {name.lower() for name in answer.headers["Access-Control-Allow-Headers"].split(", ")}
    documented = {name.lower() for route in list_routes(world.settings) for name in route.doc.headers}
    assert documented | {"x-api-key", "traceparent", "tracestate"} <= allowed


async def test_another_origin_gets_nothing(client: Client, world: World) -> None:
    answer = await client.get("/livez", headers={"Origin": "https://other.example"})
    assert ("Access-Control-Allow-Origin" in answer.headers) is ("*" in world.settings.cors_origins)


async def test_errors_may_be_read_too(client: Client, world: World) -> None:
    answer = await client.get(PATH, headers=PAGE)
    assert answer.status == 401
    assert ("Access-Control-Allow-Origin" in answer.headers) is bool(world.settings.cors_origins)
