"""A gateway whose clock is not the store's goes by the store's."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import jwt
import pytest

from gateway.access.signing import Purpose, Signer, read_secret
from shared.api_keys import new_key
from shared.jobs.events import Event
from shared.jobs.record import Job, Outcome, Status
from tests.gateway.conftest import Client, StartGateway, World
from tests.gateway.dialects.native.test_jobs import submit
from tests.gateway.dialects.spark.conftest import Spark
from tests.support.clocks import set_process_clock
from tests.support.issuers import AUDIENCE, ISSUER, open_issuer
from tests.support.keys import admit, make_key

SPARK = "/acme/api/v4/export"


@pytest.fixture(
    params=[timedelta(minutes=90), timedelta(minutes=-90), timedelta(hours=25)],
    ids=["ahead", "behind", "a day ahead"],
    autouse=True,
)
def odd_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    assert client.app is not None  # what it imports is there
    set_process_clock(monkeypatch, request.param)


async def run(world: World, *, ends: bool) -> Job:
    job = await submit(world)
    claim = await world.jobs.claim(Event(job_id=job.id, attempt=job.attempt), "worker")
    assert claim is not None
    if ends:
        await world.jobs.finish(claim, Outcome(status=Status.CLOSED))
    return job


async def read(client: Client, world: World, path: str) -> Any:
    answer = await client.get(path, headers=world.as_("admin"))
    assert answer.status == 200, await answer.text()
    return await answer.json()


@pytest.mark.parametrize("minutes", [30, -30])
async def test_a_key_is_good_until_its_time_by_the_stores_clock(client: Client, world: World, minutes: int) -> None:
    text = new_key()
    expires = datetime.now(UTC) + timedelta(minutes=minutes)
    await admit(world.identity, make_key(text=text, user="ann", expires=expires))
    answer = await client.get("/api/v1/jobs", headers={"X-API-KEY": text})
    assert answer.status == (200 if minutes > 0 else 401)


async def test_a_key_is_made_and_changed_by_the_stores_clock(client: Client, world: World) -> None:
    now = datetime.now(UTC)
    for minutes, status in ((-30, 400), (30, 201)):
        body = {"expires": (now + timedelta(minutes=minutes)).isoformat()}
        made = await client.post("/api/v1/keys", json=body, headers=world.as_("admin"))
        assert made.status == status
    key = await made.json()
    changed = await client.post(f"/api/v1/keys/{key['id']}/rotate", headers=world.as_("admin"))
    left = datetime.fromisoformat((await changed.json())["expires"]) - now
    assert timedelta(minutes=29) < left < timedelta(minutes=31)
    assert (await client.get("/api/v1/jobs", headers={"X-API-KEY": (await made.json())["key"]})).status == 401


async def test_the_overview_tells_of_the_last_day(client: Client, world: World) -> None:
    await run(world, ends=True)
    assert [each["jobs_ended"] for each in (await read(client, world, "/api/v1/overview"))["throughput"]] == [1]


async def test_a_listing_shows_what_ended_of_late_and_how_long_others_have_run(client: Client, world: World) -> None:
    ended, running = await run(world, ends=True), await run(world, ends=False)
    told = await read(client, world, f"{SPARK}/status")
    assert [each["id"] for each in told["recent_exports"]] == [ended.id]
    (under_way,) = told["in_progress_exports"]
    assert under_way["id"] == running.id
    for data in (under_way["data"], await read(client, world, f"{SPARK}/{running.id}/status")):
        assert 0 <= data["process_time"] < 60


@pytest.fixture
async def odd(client: Client, world: World, odd_clock: None, start_gateway: StartGateway) -> Client:
    """A second gateway, started when its clock was odd already; the first one's was right at its start."""
    return await start_gateway(world.resources())


async def get_token(client: Client, world: World) -> str:
    form = {"grant_type": "client_credentials", "client_id": "admin", "client_secret": world.keys["admin"]}
    answer = await client.post("/auth/realms/acme/protocol/openid-connect/token", data=form)
    token: str = (await answer.json())["access_token"]
    return token


async def use_token(client: Client, token: str) -> int:
    return (await client.get(f"{SPARK}/status", headers={"Authorization": f"Bearer {token}"})).status


async def test_a_token_of_one_gateway_is_good_at_the_other_for_its_life(
    client: Client, odd: Client, world: World
) -> None:
    for giver in (client, odd):
        token = await get_token(giver, world)
        left = jwt.decode(token, options={"verify_signature": False, "verify_exp": False})["exp"] - time.time()
        assert 290 < left < 310
        assert [await use_token(each, token) for each in (client, odd)] == [200, 200]
    signer = Signer(read_secret(world.settings.signing_file), issuer="graphferry")
    claims = {"key": "0" * 64}
    over = signer.sign(Purpose.ACCESS, claims, seconds=-11)
    assert [await use_token(each, over) for each in (client, odd)] == [401, 401]


async def test_a_link_of_one_gateway_leads_to_the_file_at_the_other(client: Client, odd: Client, world: World) -> None:
    exported = await Spark(client=client, world=world).export_whole(services=["source/MyApp"])
    for giver in (client, odd):
        status = await Spark(client=giver, world=world).status("export", exported["id"])
        first, second = [await Spark(client=each, world=world).download(status) for each in (client, odd)]
        assert first == second != b""


async def test_an_upload_tells_the_time_until_which_it_is_kept(client: Client, odd: Client, world: World) -> None:
    for giver in (client, odd):
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Metadata": "filename YS56aXA="}
        made = await giver.post("/api/v1/uploads", headers={**world.as_("admin"), **headers})
        left = parsedate_to_datetime(made.headers["Upload-Expires"]) - datetime.now(UTC)
        assert timedelta(minutes=59) < left <= timedelta(hours=1)
        path = made.headers["Location"].removeprefix("https://ferry.example/base")
        for each in (client, odd):
            head = await each.head(path, headers={**world.as_("admin"), "Tus-Resumable": "1.0.0"})
            assert (head.status, head.headers["Upload-Offset"]) == (200, "0")


async def test_a_key_of_a_request_and_the_id_of_an_event_count_at_the_other(
    client: Client, odd: Client, world: World
) -> None:
    body = {"database": "source", "applications": [{"name": "MyApp"}]}
    headers = {**world.as_("admin"), "Idempotency-Key": "once"}
    answers = [await each.post("/api/v1/exports", json=body, headers=headers) for each in (client, odd)]
    first, second = [(await each.json())["id"] for each in answers]
    assert first == second
    await world.work()
    events = f"/api/v1/jobs/{first}/events"
    text = await (await client.get(events, headers=world.as_("admin"))).text()
    last = next(line.removeprefix("id: ") for line in text.splitlines() if line.startswith("id: "))
    assert (await odd.get(events, headers={**world.as_("admin"), "Last-Event-ID": last})).status == 204


async def test_tokens_of_an_outside_issuer_are_read_by_the_stores_clock(
    world: World, odd_clock: None, start_gateway: StartGateway
) -> None:
    async with open_issuer() as issuer:
        named = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_jwks_url": issuer.url, "jwt_leeway_seconds": 60}
        settings = world.settings.model_copy(update=named)
        gateway = await start_gateway(replace(world, settings=settings).resources())
        now = int(time.time())
        for over, status in ((-3600, 200), (30, 200), (70, 401)):
            token = issuer.sign(tenant="acme", roles=["ADMIN"], exp=now - over)
            answer = await gateway.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
            assert answer.status == status, over
