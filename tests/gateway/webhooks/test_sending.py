"""What is due is sent, to receivers of every temper."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook
from structlog.testing import capture_logs

from gateway.webhooks import posting
from gateway.webhooks.addresses import Judge
from gateway.webhooks.posting import open_poster
from gateway.webhooks.sending import AT_ONCE, GONE, Sender, open_sender, stamp_of, wait_after
from shared.adapters.valkey.webhooks import ValkeyWebhooks
from shared.identity import Tenant
from shared.jobs.record import Job, JobWebhook, Status
from shared.settings.process import Settings
from shared.webhooks import Delivery, DeliveryState, TenantWebhook, new_secret
from tests.gateway.webhooks import receivers
from tests.gateway.webhooks.receivers import Receiver, open_receiver
from tests.shared.ports.test_webhook_stores import run_to
from tests.support.job_stores import JobStoreRig, make_job, open_valkey_rig
from tests.support.memory.identity import MemoryIdentity
from tests.support.workbench import make_resources

SECRET = new_secret()
ACME = Tenant(name="acme", databases=(), created=datetime(2026, 1, 1, tzinfo=UTC))
OPEN = {"webhook_networks": ["127.0.0.0/8"], "webhook_http": True}


@dataclass(slots=True, kw_only=True)
class Scene:
    rig: JobStoreRig
    webhooks: ValkeyWebhooks
    sender: Sender
    receiver: Receiver
    identity: MemoryIdentity

    async def set_hook(self, tenant: str = "acme", **changes: Any) -> None:
        hook = TenantWebhook(
            url=self.receiver.url, secret=SECRET, tenant_created=stamp_of(ACME), changed=datetime.now(UTC)
        )
        await self.webhooks.change(tenant, lambda _: replace(hook, **changes))

    async def end(self, status: Status = Status.CLOSED, tenant: str = "acme", **changes: Any) -> Job:
        return await run_to(self.rig.store, make_job(tenant, **changes), status)

    async def list(self, tenant: str = "acme") -> tuple[Delivery, ...]:
        return (await self.webhooks.list_deliveries(tenant)).deliveries

    async def settle(self, tries: int = 1, tenant: str = "acme") -> Delivery:
        """Look until the tenant's newest delivery was tried so often, or is done with."""
        async with asyncio.timeout(60):
            while True:
                await self.sender.look()
                newest = (await self.list(tenant))[0]
                if newest.attempts >= tries or newest.state is not DeliveryState.WAITING:
                    return newest
                await asyncio.sleep(0.02)


@asynccontextmanager
async def open_scene(url: str, folder: Path, **settings: Any) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        receiver = await stack.enter_async_context(open_receiver())
        rig = await stack.enter_async_context(open_valkey_rig(url))
        named = {**OPEN, "webhook_ports": [receiver.port], "webhook_seconds": 20.0, **settings}
        made = Settings.model_validate({"data_dir": folder, **named})
        identity, store = MemoryIdentity(), rig.store
        for name in ("acme", "globex"):
            await identity.create_tenant(replace(ACME, name=name))
        webhooks = ValkeyWebhooks(store._client, namespace=store._keys)
        resources = replace(make_resources(made, store, identity), webhooks=webhooks)
        poster = await stack.enter_async_context(open_poster(made, Judge(made), "Graphferry/test"))
        tester = await stack.enter_async_context(open_poster(made, Judge(made), "Graphferry/test"))
        sender = Sender(
            resources, poster, tester=tester, base="https://ferry.example", clock=time.time, wait=lambda _: 0.01
        )
        stack.push_async_callback(sender.stop)
        yield Scene(rig=rig, webhooks=webhooks, sender=sender, receiver=receiver, identity=identity)


@pytest.fixture
async def scene(valkey_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    async with open_scene(valkey_url, tmp_path) as opened:
        yield opened


async def test_the_end_of_a_job_is_told_signed_and_small(scene: Scene) -> None:
    await scene.set_hook()
    job = await scene.end(Status.FAILED)
    done = await scene.settle()
    assert (done.state, done.code, done.attempts) == (DeliveryState.DELIVERED, 204, 1)
    (got,) = scene.receiver.got
    told = Webhook(SECRET).verify(got.body, got.headers)
    assert (got.headers["webhook-id"], got.headers["content-type"]) == (f"{job.id}-failed-tenant", "application/json")
    assert got.path == "/hook?a=b"
    assert told == {
        "type": "job.failed",
        "timestamp": told["data"]["ended"],
        "data": {
            "job_id": job.id,
            "tenant": "acme",
            "kind": "export",
            "surface": "imaging",
            "database": "source",
            "applications": ['Säule "A"`:1'],
            "outcome": "failed",
            "status": "failed",
            "code": "DISK_FULL",
            "created": told["data"]["created"],
            "started": told["data"]["started"],
            "ended": told["data"]["ended"],
            "link": f"https://ferry.example/api/v1/jobs/{job.id}",
        },
    }


async def test_a_jobs_own_address_is_told_with_its_secret_or_the_tenants(scene: Scene) -> None:
    own = new_secret()
    await scene.end(webhook=JobWebhook(url=scene.receiver.url, secret=own))
    await scene.settle()
    Webhook(own).verify(scene.receiver.got[0].body, scene.receiver.got[0].headers)
    await scene.set_hook(enabled=False)
    await scene.end(webhook=JobWebhook(url=scene.receiver.url))
    await scene.settle()
    Webhook(SECRET).verify(scene.receiver.got[1].body, scene.receiver.got[1].headers)
    await scene.webhooks.change("acme", lambda _: None)
    await scene.end(webhook=JobWebhook(url=scene.receiver.url))
    given_up = await scene.settle()
    assert (given_up.state, given_up.error) == (
        DeliveryState.GIVEN_UP,
        "The tenant's webhook, with whose secret the job's was to be signed, was removed.",
    )
    assert len(scene.receiver.got) == 2


@pytest.mark.parametrize(
    ("answering", "code", "error"),
    [
        (receivers.answer(500), 500, "answered 500"),
        (receivers.answer(429), 429, "answered 429"),
        (receivers.answer(302, Location="/elsewhere"), 302, "redirects are not followed"),
        (receivers.answer(307, Location="http://127.0.0.1:1/"), 307, "redirects are not followed"),
        (receivers.hang_up, None, "without an answer"),
        (receivers.send_a_long_head, None, "cannot be read"),
    ],
)
async def test_what_is_not_taken_is_sent_again_under_the_same_id(
    scene: Scene, answering: receivers.Answering, code: int | None, error: str
) -> None:
    await scene.set_hook()
    scene.receiver.answering = answering
    await scene.end()
    failed = await scene.settle(tries=2)
    assert (failed.state, failed.code) == (DeliveryState.WAITING, code)
    assert error in (failed.error or "")
    assert "none of your business" not in (failed.error or "")
    scene.receiver.answering = receivers.answer(200)
    done = await scene.settle(tries=1000)
    assert (done.state, done.error) == (DeliveryState.DELIVERED, None)
    assert len({(each.path, each.headers["webhook-id"], each.body) for each in scene.receiver.got}) == 1


async def test_a_receiver_that_hangs_is_left(valkey_url: str, tmp_path: Path) -> None:
    async with open_scene(valkey_url, tmp_path, webhook_seconds=0.3) as scene:
        await scene.set_hook()
        scene.receiver.answering = receivers.hang
        await scene.end()
        left = await scene.settle()
        assert (left.code, left.error) == (None, "No answer within 0.3 seconds.")


async def test_a_gigabyte_is_not_read(scene: Scene) -> None:
    await scene.set_hook()
    scene.receiver.answering = receivers.send_a_gigabyte
    await scene.end()
    assert (await scene.settle()).state is DeliveryState.DELIVERED


async def test_a_receiver_that_is_gone_is_told_nothing_more(scene: Scene) -> None:
    await scene.set_hook()
    scene.receiver.answering = receivers.answer(410)
    await scene.end()
    ended = await scene.settle()
    assert (ended.state, ended.code) == (DeliveryState.GIVEN_UP, 410)
    off = await scene.webhooks.find("acme")
    assert off is not None
    assert (off.enabled, off.disabled_because) == (False, GONE)
    await scene.end()
    await scene.sender.look()
    (told,) = (await scene.sender._resources.audit.list("acme")).records
    assert (told.entry.action, told.entry.surface, told.entry.user) == ("webhook.turn_off", "receiver", "")
    assert (told.entry.target, told.entry.status) == ("tenant=acme", 410)
    assert (len(await scene.list()), len(scene.receiver.got)) == (1, 1)


async def test_where_a_job_sends_to_is_gone_the_tenants_webhook_stays(scene: Scene) -> None:
    await scene.set_hook(outcomes=())
    scene.receiver.answering = receivers.answer(410)
    await scene.end(webhook=JobWebhook(url=scene.receiver.url))
    assert (await scene.settle()).state is DeliveryState.GIVEN_UP
    kept = await scene.webhooks.find("acme")
    assert kept is not None
    assert kept.enabled


async def test_a_webhook_that_was_turned_off_meanwhile_is_not_told(scene: Scene) -> None:
    await scene.set_hook()
    await scene.end()
    await scene.set_hook(enabled=False)
    assert (await scene.settle()).state is DeliveryState.GIVEN_UP
    assert scene.receiver.got == []


async def test_a_later_tenant_of_the_name_does_not_inherit(scene: Scene) -> None:
    await scene.set_hook(tenant_created="another")
    await scene.end()
    assert (await scene.settle()).state is DeliveryState.GIVEN_UP
    assert scene.receiver.got == []


@pytest.mark.parametrize("setting", [{"webhook_networks": []}, {"webhook_ports": [443]}, {"webhook_http": False}])
async def test_what_settings_forbid_is_not_connected_to(
    valkey_url: str, tmp_path: Path, setting: dict[str, Any]
) -> None:
    async with open_scene(valkey_url, tmp_path, **setting) as scene:
        for host in ("127.0.0.1", "localhost"):
            await scene.set_hook(url=f"http://{host}:{scene.receiver.port}/")
            await scene.end()
            refused = await scene.settle()
            assert refused.code is None
            assert "GRAPHFERRY_WEBHOOK_" in (refused.error or "")
        assert scene.receiver.got == []


async def test_no_proxy_of_the_environment_is_asked(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    await scene.set_hook()
    await scene.end()
    assert (await scene.settle()).state is DeliveryState.DELIVERED


async def test_a_slow_receiver_holds_back_no_other_tenant(scene: Scene) -> None:
    await scene.set_hook()
    await scene.set_hook("globex", url=f"http://127.0.0.1:{scene.receiver.port}/quick")
    slow = scene.receiver

    async def answer(request: Any) -> Any:
        return await (receivers.answer(204) if request.path == "/quick" else receivers.hang)(request)

    slow.answering = answer
    for _ in range(3 * AT_ONCE):
        await scene.end()
    await scene.end(tenant="globex")
    assert (await scene.settle(tenant="globex")).state is DeliveryState.DELIVERED
    await slow.wait(AT_ONCE + 1)
    await scene.sender.look()
    assert [each.path for each in slow.got].count("/hook?a=b") == AT_ONCE


async def test_a_test_is_sent_at_once_and_signed(scene: Scene) -> None:
    await scene.set_hook(enabled=False)
    assert (await scene.sender.test("acme")).is_taken
    (got,) = scene.receiver.got
    told = Webhook(SECRET).verify(got.body, got.headers)
    assert (told["type"], told["data"]) == ("webhook.test", {"tenant": "acme"})
    scene.receiver.answering = receivers.answer(503)
    assert (await scene.sender.test("acme")).status == 503
    assert await scene.list() == ()


async def test_tests_take_no_place_of_a_delivery(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(request: Any) -> Any:
        return await (receivers.hang if request.path == "/slow" else receivers.answer(204))(request)

    monkeypatch.setattr(posting, "MOST_CONNECTIONS", 1)
    scene.receiver.answering = answer
    await scene.set_hook("globex", url=f"http://127.0.0.1:{scene.receiver.port}/slow")
    await scene.set_hook()
    resources = scene.sender._resources
    judge = Judge(resources.settings)
    async with open_sender(resources, judge, base="https://ferry.example", clock=time.time) as scene.sender:
        tested = asyncio.create_task(scene.sender.test("globex"))
        await scene.receiver.wait(1)
        await scene.end()
        assert (await scene.settle()).state is DeliveryState.DELIVERED
        assert not tested.done()
        tested.cancel()
        await asyncio.wait([tested])


async def test_a_webhook_is_turned_off_once(scene: Scene) -> None:
    await scene.set_hook()
    with capture_logs() as told:
        for _ in range(2):
            await scene.sender._turn_off("acme", scene.receiver.url)
    assert [each["event"] for each in told] == ["webhook turned off"]


async def test_a_job_whose_record_is_gone_is_given_up(scene: Scene) -> None:
    await scene.set_hook()
    job = await scene.end()
    await scene.rig.client.delete(f"{{ours}}:job:{job.id}")  # type: ignore[attr-defined]
    given_up = await scene.settle()
    assert (given_up.state, given_up.error) == (DeliveryState.GIVEN_UP, "The job's record is gone.")


def test_waits_grow_to_a_day_of_tries() -> None:
    waits = [wait_after(attempts) for attempts in range(1, 40)]
    assert 4 <= waits[0] <= 6
    assert all(wait <= 1.2 * 4 * 3600 for wait in waits)
    assert all(later > earlier for earlier, later in itertools.pairwise(waits[:8]))
    assert len(set(waits)) == len(waits)


def test_no_secret_is_in_a_text_of_a_webhook() -> None:
    hook = TenantWebhook(url="https://hooks.example", secret=SECRET, changed=datetime.now(UTC))
    assert SECRET not in repr(hook) + repr(JobWebhook(url="https://hooks.example", secret=SECRET))
