"""Webhooks: who is told when a job has ended, and what became of telling it."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from shared.errors import InvalidRequestError
from shared.jobs.record import JobKind, Status

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what each begins with
_FEWEST_BYTES, _MOST_BYTES = 24, 64
"""Of a secret, as the Standard Webhooks specification has it."""

KEPT_DAYS: Final = 7
"""For how long a delivery is listed."""


class JobOutcome(StrEnum):
    """How a job ended, to whom it is told."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """Also for want of time."""
    CANCELLED = "cancelled"


OUTCOMES: Final[Mapping[Status, JobOutcome]] = MappingProxyType(
    {
        Status.CLOSED: JobOutcome.SUCCEEDED,
        Status.CLOSED_BY_TIMEOUT: JobOutcome.FAILED,
        Status.FAILED: JobOutcome.FAILED,
        Status.CANCELLED: JobOutcome.CANCELLED,
    }
)
"""By terminal status; the scripts of the store have the same."""


class Target(StrEnum):
    """Who named the address of a delivery."""

    TENANT = "tenant"
    JOB = "job"
    """Whoever submitted the job."""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    """For a try, the first or another."""
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantWebhook:
    """What a tenant's administrators want to be told."""

    url: str
    secret: str = field(repr=False)
    outcomes: tuple[JobOutcome, ...] | None = None
    """None: all."""
    kinds: tuple[JobKind, ...] | None = None
    """None: all."""
    enabled: bool = True
    disabled_because: str | None = None
    """Where the receiver, and no administrator, turned it off."""
    tenant_created: str = ""
    """When the tenant was made: another one of its name, made later, has nothing to do with this webhook."""
    changed: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing to be told to one address. Times are UTC, by the store's clock."""

    id: str
    """The same at each try; receivers know a repetition by it."""
    tenant: str
    job_id: str
    target: Target
    outcome: JobOutcome
    state: DeliveryState
    attempts: int = 0
    """Since it was written, or last asked for by hand."""
    created: datetime
    tried: datetime | None = None
    code: int | None = None
    """The status of the last answer; None: there was none."""
    error: str | None = None
    """What went wrong at the last try."""
    next_try: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPage:
    """Some deliveries, newest first."""

    deliveries: tuple[Delivery, ...]
    next_cursor: str | None
    """None: there is none behind."""


def new_secret() -> str:
    """Make the text of a secret, in the form of the Standard Webhooks specification."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def read_secret(text: str) -> bytes:
    """Return the bytes to sign with. Raises: InvalidRequestError, which does not tell the text."""
    try:
        found = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not text.startswith(SECRET_PREFIX) or not _FEWEST_BYTES <= len(found) <= _MOST_BYTES:
        raise InvalidRequestError(
            f"The webhook's secret is not one: it is {SECRET_PREFIX} and then {_FEWEST_BYTES} to {_MOST_BYTES} random "
            "bytes in Base64."
        )
    return found
