"""A user who asks too often is told when to come back; others are not disturbed."""

from __future__ import annotations

import pytest

from gateway.access.request_rates import MAX_USERS, RequestRates
from shared.settings.process import Settings
from tests.gateway.conftest import Client, World

ANN, BOB = ("acme", "ann"), ("acme", "bob")


def test_a_burst_then_a_steady_rate() -> None:
    rates = RequestRates(60)
    assert [rates.take(ANN, 0.0) for _ in range(10)] == [0.0] * 10
    assert rates.take(ANN, 0.0) == pytest.approx(1.0)
    assert rates.take(BOB, 0.0) == 0.0
    assert rates.take(ANN, 0.5) == pytest.approx(0.5)
    assert rates.take(ANN, 1.0) == 0.0
    assert rates.take(ANN, 1.0) == pytest.approx(1.0)


def test_what_is_remembered_is_bounded() -> None:
    rates = RequestRates(1)
    for at in range(MAX_USERS + 1):
        assert rates.take(("acme", str(at)), 0.0) == 0.0
    assert rates.take(("acme", "0"), 0.0) == 0.0
    assert rates.take(("acme", str(MAX_USERS)), 0.0) > 0


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"requests_per_minute": 6})


async def test_too_many_requests_are_refused(client: Client, world: World) -> None:
    assert (await client.get("/api/v1/me", headers=world.as_("user"))).status == 200
    refused = await client.get("/api/v1/me", headers=world.as_("user"))
    assert (refused.status, (await refused.json())["code"]) == (429, "TOO_MANY_REQUESTS")
    assert 1 <= int(refused.headers["Retry-After"]) <= 10
    assert (await client.get("/api/v1/me", headers=world.as_("other"))).status == 200
    assert (await client.get("/livez")).status == 200
