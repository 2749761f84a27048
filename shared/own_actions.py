"""Entries of the audit log of what nobody asked for: rules and answers led to it."""

from __future__ import annotations

from typing import Final

from shared.ports.audit import AuditEntry

RETENTION: Final = "retention"
"""In the place of a surface that people use: a tenant's limits, or a schedule's rules."""

RECEIVER: Final = "receiver"
"""In the same place: who is sent a webhook has answered."""


def describe_expiry(tenant: str, archive: str, *, schedule_id: str | None = None) -> AuditEntry:
    """Describe that an archive was removed because its time was over; `schedule_id`: whose rule said so."""
    target = f"name={archive}" if schedule_id is None else f"name={archive} schedule_id={schedule_id}"
    return _describe("archives.expire", RETENTION, tenant=tenant, target=target)


def describe_webhook_off(tenant: str, *, status: int) -> AuditEntry:
    """Describe that a tenant's webhook was turned off because its receiver answered so."""
    return _describe("webhook.turn_off", RECEIVER, tenant=tenant, target=f"tenant={tenant}", status=status)


def _describe(action: str, surface: str, *, tenant: str, target: str, status: int = 204) -> AuditEntry:
    return AuditEntry(
        action=action,
        user="",
        tenant=tenant,
        address="",
        target=target,
        surface=surface,
        request_id="",
        status=status,
        code="",
    )
