"""A tenant's webhook over the API: who may set it, what is shown, what is refused."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from gateway.webhooks.posting import Answer, Poster
from shared.jobs.record import JobWebhook, Status
from shared.webhooks import new_secret
from tests.gateway.conftest import Client, World, accepted_job
from tests.support.memory.webhooks import MemoryWebhooks

URL = "https://93.184.215.14/hook"
EXPORT = {"database": "source", "applications": [{"name": "MyApp"}]}


async def ask(
    client: Client, world: World, method: str, path: str, body: Any = None, *, caller: str = "admin", **headers: str
) -> tuple[int, Any]:
    answer = await client.request(method, f"/api/v1/webhook{path}", json=body, headers={**world.as_(caller), **headers})
    return answer.status, await answer.json() if answer.status != 204 else None


async def test_a_secret_is_shown_once(client: Client, world: World) -> None:
    assert (await ask(client, world, "GET", ""))[0] == 404
    status, made = await ask(client, world, "PUT", "", {"url": URL})
    secret = made.pop("secret")
    assert (status, secret[:6]) == (200, "whsec_")
    assert (made["url"], made["outcomes"], made["kinds"], made["enabled"]) == (URL, None, None, True)
    assert (await ask(client, world, "GET", ""))[1] == made
    body = {"url": f"{URL}2", "outcomes": ["failed"], "kinds": ["import", "copy"], "enabled": False}
    _, changed = await ask(client, world, "PUT", "", body)
    assert changed == {**body, "disabled_because": None, "changed": changed["changed"]}
    assert world.webhooks.webhooks["acme"].secret == secret
    _, anew = await ask(client, world, "PUT", "", {"url": URL, "new_secret": True})
    assert anew["secret"] not in (secret, None)
    named = new_secret()
    assert (await ask(client, world, "PUT", "", {"url": URL, "secret": named}))[1]["secret"] == named
    assert named not in str(world.audit.entries)
    assert (await ask(client, world, "DELETE", ""))[0] == 204
    assert [(await ask(client, world, method, ""))[0] for method in ("GET", "DELETE")] == [404, 404]


@pytest.mark.parametrize("body", [{"url": URL}, {"url": URL, "new_secret": True}])
async def test_a_new_secret_is_shown_where_the_change_is_decided_twice(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]
) -> None:
    if "new_secret" in body:
        await ask(client, world, "PUT", "", {"url": URL})
    once = world.webhooks.change

    async def change_twice(tenant: str, change: Any) -> Any:
        await once(tenant, change)  # its answer was lost
        return await once(tenant, change)

    monkeypatch.setattr(MemoryWebhooks, "change", lambda _, *asked: change_twice(*asked))
    _, told = await ask(client, world, "PUT", "", body)
    assert told["secret"] == world.webhooks.webhooks["acme"].secret


async def test_an_earlier_tenants_webhook_is_none_to_remove(client: Client, world: World) -> None:
    await ask(client, world, "PUT", "", {"url": URL})
    world.webhooks.webhooks["acme"] = replace(world.webhooks.webhooks["acme"], tenant_created="earlier")
    assert [(await ask(client, world, method, ""))[0] for method in ("GET", "DELETE")] == [404, 404]


async def test_a_tenant_of_an_earlier_ones_name_inherits_nothing(client: Client, world: World) -> None:
    await ask(client, world, "PUT", "", {"url": URL})
    job = await accepted_job(client, world, "/api/v1/exports", EXPORT, "user")
    ended = replace(job, status=Status.FAILED)
    world.jobs.jobs[job.id] = ended
    world.webhooks.end(ended)
    (left,) = world.webhooks.kept.values()
    left.due = None  # the gateway's own sender has no way to the receiver
    root = world.as_("root")
    assert (await client.delete("/api/v1/tenants/acme", headers=root)).status == 204
    assert (world.webhooks.webhooks, world.webhooks.kept) == ({}, {})
    world.webhooks.end(replace(ended, webhook=JobWebhook(url=URL, secret=new_secret())))  # a process died in between
    assert (await client.post("/api/v1/tenants", json={"name": "acme"}, headers=root)).status == 201
    assert world.webhooks.kept == {}


async def test_a_tenant_tests_one_at_a_time(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await ask(client, world, "PUT", "", {"url": URL})
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def hang(*_: Any) -> Answer:
        asked.set()
        await go_on.wait()
        return Answer(status=204)

    monkeypatch.setattr(Poster, "post", hang)
    first = asyncio.create_task(ask(client, world, "POST", "/test"))
    await asked.wait()
    status, told = await ask(client, world, "POST", "/test")
    assert (status, told["code"]) == (409, "CONFLICT")
    go_on.set()
    assert await first == (200, {"delivered": True, "code": 204, "error": None})
    assert (await ask(client, world, "POST", "/test"))[0] == 200


@pytest.mark.parametrize("caller", ["supervisor", "importer", "user"])
async def test_only_administrators_see_or_set_it(client: Client, world: World, caller: str) -> None:
    calls = [("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/test"), ("GET", "/deliveries")]
    for method, path in (*calls, ("POST", "/deliveries/x/redeliver")):
        assert (await ask(client, world, method, path, {"url": URL}, caller=caller))[0] == 403


async def test_each_tenant_has_its_own(client: Client, world: World) -> None:
    await ask(client, world, "PUT", "", {"url": URL})
    assert (await ask(client, world, "GET", "", caller="stranger"))[0] == 404
    assert (await ask(client, world, "GET", "", caller="root"))[0] == 400
    assert (await ask(client, world, "GET", "", caller="root", **{"x-tenant-name": "acme"}))[1]["url"] == URL


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "INVALID_REQUEST"),
        ({"url": URL, "odd": 1}, "INVALID_REQUEST"),
        ({"url": URL, "secret": "whsec_s3cret"}, "INVALID_REQUEST"),
        ({"url": URL, "outcomes": []}, "INVALID_REQUEST"),
        ({"url": URL, "outcomes": ["closed"]}, "INVALID_REQUEST"),
        ({"url": URL, "kinds": ["everything"]}, "INVALID_REQUEST"),
        ({"url": "http://93.184.215.14/"}, "WEBHOOK_ADDRESS"),
        ({"url": "https://127.0.0.1/"}, "WEBHOOK_ADDRESS"),
        ({"url": "https://localhost/"}, "WEBHOOK_ADDRESS"),
        ({"url": "https://ann:s3cret@93.184.215.14/"}, "WEBHOOK_ADDRESS"),
    ],
)
async def test_what_is_wrong_is_refused_and_nothing_is_set(
    client: Client, world: World, body: dict[str, Any], code: str
) -> None:
    status, told = await ask(client, world, "PUT", "", body)
    assert (status, told["code"]) == (400, code)
    assert "s3cret" not in str(told)
    assert world.webhooks.webhooks == {}


async def test_a_request_for_a_job_may_name_an_address(client: Client, world: World) -> None:
    secret = new_secret()
    body = {**EXPORT, "webhook": {"url": URL, "secret": secret}}
    job = await accepted_job(client, world, "/api/v1/exports", body, "user")
    assert job.webhook is not None
    assert (job.webhook.url, job.webhook.secret) == (URL, secret)
    told = await client.get(f"/api/v1/jobs/{job.id}", headers=world.as_("admin"))
    assert secret not in await told.text()
    world.jobs.jobs[job.id] = replace(job, status=Status.FAILED)
    again = await client.post(f"/api/v1/jobs/{job.id}/retry", headers=world.as_("user"))
    assert world.jobs.jobs[(await again.json())["id"]].webhook == job.webhook


@pytest.mark.parametrize(
    ("webhook", "code"),
    [
        ({"url": URL}, "INVALID_REQUEST"),
        ({"url": URL, "secret": "s3cret"}, "INVALID_REQUEST"),
        ({"url": "https://[::1]/", "secret": new_secret()}, "WEBHOOK_ADDRESS"),
    ],
    ids=["no secret", "odd secret", "own machine"],
)
async def test_an_address_of_a_job_is_judged(client: Client, world: World, webhook: Any, code: str) -> None:
    answer = await client.post("/api/v1/exports", json={**EXPORT, "webhook": webhook}, headers=world.as_("user"))
    assert (answer.status, (await answer.json())["code"]) == (400, code)
    assert world.jobs.jobs == {}


async def test_rights_are_judged_before_an_address_is_looked_up(client: Client, world: World) -> None:
    webhook = {"url": "https://127.0.0.1/", "secret": new_secret()}
    body = {**EXPORT, "database": "target", "applications": [{"name": "Hidden"}], "webhook": webhook}
    answer = await client.post("/api/v1/exports", json=body, headers=world.as_("user"))
    assert (await answer.json())["code"] == "APPLICATION_UNKNOWN"


async def test_a_job_may_be_signed_with_the_tenants_secret(client: Client, world: World) -> None:
    await ask(client, world, "PUT", "", {"url": URL, "enabled": False})
    job = await accepted_job(client, world, "/api/v1/exports", {**EXPORT, "webhook": {"url": URL}}, "user")
    assert job.webhook is not None
    assert job.webhook.secret is None


async def test_deliveries_are_listed_and_sent_again(client: Client, world: World) -> None:
    await ask(client, world, "PUT", "", {"url": URL})
    job = await accepted_job(client, world, "/api/v1/exports", EXPORT, "user")
    world.webhooks.end(replace(job, status=Status.FAILED))
    (kept,) = world.webhooks.kept.values()
    kept.due = None  # the gateway's own sender has no way to the receiver
    status, listed = await ask(client, world, "GET", "/deliveries")
    (delivery,) = listed["deliveries"]
    assert (status, listed["next_cursor"]) == (200, None)
    assert (delivery["id"], delivery["job_id"]) == (f"{job.id}-failed-tenant", job.id)
    assert (delivery["state"], delivery["target"], delivery["outcome"]) == ("waiting", "tenant", "failed")
    again = f"/deliveries/{delivery['id']}/redeliver"
    assert (await ask(client, world, "POST", again, caller="stranger"))[0] == 404
    assert (await ask(client, world, "POST", "/deliveries/none/redeliver"))[0] == 404
    assert (await ask(client, world, "GET", "/deliveries?cursor=odd"))[0] == 400
    assert (await ask(client, world, "GET", "/deliveries?limit=0"))[0] == 400
    status, told = await ask(client, world, "POST", again)
    assert (status, told["id"], told["attempts"]) == (202, delivery["id"], 0)
