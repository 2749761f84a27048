"""Takes deliveries that are due, sends them, and writes down what became of them."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import structlog
import uuid_utils

from gateway.webhooks.addresses import Judge
from gateway.webhooks.payloads import make_payload, make_test_payload
from gateway.webhooks.posting import MOST_CONNECTIONS, Answer, Poster, open_poster
from gateway.webhooks.signatures import sign
from shared.archive.manifest import TOOL_VERSION
from shared.concurrency.loops import Loop, cancel_all, every
from shared.errors import ConflictError, GraphferryError, InvalidRequestError, NotFoundError, UnknownJobError
from shared.identity import Tenant
from shared.own_actions import describe_webhook_off
from shared.ports.audit import keep_entry
from shared.ports.webhooks import WebhookStore
from shared.resources import Resources
from shared.webhooks import Delivery, DeliveryState, Target, TenantWebhook

LOOK_SECONDS: Final = 1.0
"""Between two looks for what is due."""
AT_ONCE: Final = 4
"""Requests to the receivers of one tenant, from all gateways together."""

_FIRST_WAIT_SECONDS: Final = 5.0
_GROWTH: Final = 3.0
_LONGEST_WAIT_SECONDS: Final = 4 * 3600.0

GONE: Final = "The receiver answered 410 Gone."


def wait_after(attempts: int) -> float:
    """Return the seconds until another try, after so many: longer each time, and never the same for two."""
    grown = _FIRST_WAIT_SECONDS * _GROWTH ** min(attempts - 1, 20)
    return min(grown, _LONGEST_WAIT_SECONDS) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret


def stamp_of(tenant: Tenant) -> str:
    """Return what tells a tenant from another of its name, made later."""
    return "" if tenant.created is None else tenant.created.isoformat()


async def find_webhook(resources: Resources, name: str) -> TenantWebhook | None:
    """Find a tenant's webhook; that of an earlier tenant of its name is none."""
    webhook = await resources.webhooks.find(name)
    if webhook is None:
        return None
    tenant = await resources.identity.get_tenant(name)
    return webhook if tenant is not None and webhook.tenant_created == stamp_of(tenant) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """What is sent, and where."""

    url: str
    secret: str
    body: bytes


class NothingToSendError(Exception):
    """A delivery for which there is no address, no secret or no job any more."""


class Sender:
    """The sender of one gateway."""

    def __init__(
        self,
        resources: Resources,
        poster: Poster,
        *,
        tester: Poster,
        base: str,
        clock: Callable[[], float],
        wait: Callable[[int], float] = wait_after,
    ) -> None:
        """`base`: what links begin with; `clock`: the seconds since 1970.

        `tester` sends tests, which take no connection of a delivery.
        """
        self._resources = resources
        self._poster = poster
        self._tester = tester
        self._testing: set[str] = set()
        """Tenants whose test is under way."""
        self._base = base
        self._clock = clock
        self._wait = wait
        self._sending: set[asyncio.Task[None]] = set()
        # Longer than a try with all that is asked of the store around it.
        self._lease_seconds = 2 * resources.settings.webhook_seconds + 5

    @property
    def _store(self) -> WebhookStore:
        return self._resources.webhooks

    async def look(self) -> None:
        """Begin to send what is due, as far as there is room. Raises: StoreUnavailableError."""
        while (room := MOST_CONNECTIONS - len(self._sending)) > 0:
            token = secrets.token_hex(16)
            taken = await self._store.claim(token, most=room, at_once=AT_ONCE, lease_seconds=self._lease_seconds)
            for delivery in taken:
                task = asyncio.create_task(self._send(delivery, token), name=f"webhook {delivery.id}")
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)
            if len(taken) < room:
                return

    async def stop(self) -> None:
        """End what is under way; the lease brings it to another sender."""
        await cancel_all(list(self._sending))

    async def _send(self, delivery: Delivery, token: str) -> None:
        log = structlog.get_logger("webhooks").bind(
            delivery=delivery.id, job=delivery.job_id, tenant=delivery.tenant, target=delivery.target
        )
        try:
            await self._try(delivery, token, log)
        except GraphferryError as error:  # the store; the lease brings it again
            log.warning("webhook delivery interrupted", reason=error.message)
        except Exception:
            log.exception("webhook delivery interrupted")

    async def _try(self, delivery: Delivery, token: str, log: structlog.stdlib.BoundLogger) -> None:
        try:
            letter = await self._write(delivery)
        except NothingToSendError as error:
            await self._store.settle(delivery, token, state=DeliveryState.GIVEN_UP, code=None, error=str(error))
            log.warning("webhook delivery given up", reason=str(error))
            return
        answer = await self._post(self._poster, letter, delivery.id)
        if answer.is_gone and delivery.target is Target.TENANT:
            await self._turn_off(delivery.tenant, letter.url)
        ends = answer.is_taken or answer.is_gone
        wanted = DeliveryState.WAITING
        if ends:
            wanted = DeliveryState.DELIVERED if answer.is_taken else DeliveryState.GIVEN_UP
        attempts = delivery.attempts + 1
        wait = 0.0 if ends else self._wait(attempts)
        state = await self._store.settle(
            delivery, token, state=wanted, code=answer.status, error=answer.error, wait_seconds=wait
        )
        match state:
            case DeliveryState.DELIVERED:
                log.info("webhook delivered", code=answer.status, attempts=attempts)
            case DeliveryState.GIVEN_UP:
                log.warning("webhook delivery given up", reason=answer.error, attempts=attempts)
            case DeliveryState.WAITING:
                log.info("webhook delivery failed", reason=answer.error, attempts=attempts, wait_seconds=round(wait, 1))
            case None:
                log.warning("webhook delivery took longer than its lease: it is sent again")

    async def _write(self, delivery: Delivery) -> _Letter:
        """Raises: NothingToSendError."""
        try:
            job = await self._resources.jobs.get(delivery.job_id)
        except UnknownJobError:
            raise NothingToSendError("The job's record is gone.") from None
        webhook = await find_webhook(self._resources, delivery.tenant)
        body = make_payload(delivery, job, self._base)
        if delivery.target is Target.TENANT:
            if webhook is None or not webhook.enabled:
                raise NothingToSendError("The tenant's webhook was removed or turned off.")
            return _Letter(url=webhook.url, secret=webhook.secret, body=body)
        if job.webhook is None:
            raise NothingToSendError("The job names no address that is known here.")
        secret = job.webhook.secret or (None if webhook is None else webhook.secret)
        if secret is None:
            raise NothingToSendError("The tenant's webhook, with whose secret the job's was to be signed, was removed.")
        return _Letter(url=job.webhook.url, secret=secret, body=body)

    async def _post(self, poster: Poster, letter: _Letter, message_id: str) -> Answer:
        try:
            headers = sign(letter.secret, message_id, int(self._clock()), letter.body)
        except InvalidRequestError as error:
            return Answer(status=None, error=error.message)
        return await poster.post(letter.url, letter.body, headers)

    async def _turn_off(self, tenant: str, url: str) -> None:
        """Turn the tenant's webhook off, unless it leads elsewhere by now."""
        turned: list[bool] = []

        def turn_off(known: TenantWebhook | None) -> TenantWebhook | None:
            is_meant = known is not None and known.url == url and known.enabled
            turned.append(is_meant)
            if known is None or not is_meant:
                return known
            return replace(known, enabled=False, disabled_because=GONE, changed=self._now())

        await self._store.change(tenant, turn_off)
        if turned[0]:  # where the store's answer is lost, it is asked again of what was just written
            structlog.get_logger("webhooks").warning("webhook turned off", tenant=tenant, reason=GONE)
            await keep_entry(self._resources.audit, describe_webhook_off(tenant, status=410))

    async def test(self, tenant: str) -> Answer:
        """Send a test to the tenant's webhook, be it on or off, and wait for the answer.

        Raises: NotFoundError; ConflictError while another of the tenant's is under way.
        """
        if tenant in self._testing:
            raise ConflictError(f"A test of tenant {tenant!r}'s webhook is under way: wait for its answer.")
        self._testing.add(tenant)
        try:
            return await self._test(tenant)
        finally:
            self._testing.discard(tenant)

    async def _test(self, tenant: str) -> Answer:
        webhook = await find_webhook(self._resources, tenant)
        if webhook is None:
            raise NotFoundError(f"Tenant {tenant!r} has no webhook; set one with PUT /api/v1/webhook.")
        body = make_test_payload(tenant, self._now())
        letter = _Letter(url=webhook.url, secret=webhook.secret, body=body)
        return await self._post(self._tester, letter, f"test-{uuid_utils.uuid7()}")

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def make_sending(sender: Sender) -> Loop:
    """Make the loop that looks for what is due."""
    return Loop(name="webhooks", work=sender.look, pauses=every(LOOK_SECONDS), event="webhooks could not be looked for")


@asynccontextmanager
async def open_sender(
    resources: Resources, judge: Judge, *, base: str, clock: Callable[[], float]
) -> AsyncIterator[Sender]:
    """Open what sends; what is under way ends with it."""
    settings, agent = resources.settings, f"Graphferry/{TOOL_VERSION}"
    async with open_poster(settings, judge, agent) as poster, open_poster(settings, judge, agent) as tester:
        sender = Sender(resources, poster, tester=tester, base=base, clock=clock)
        try:
            yield sender
        finally:
            await sender.stop()
