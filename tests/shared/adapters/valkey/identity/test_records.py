"""Records of tenants are read by the version before, and those that it wrote are read here."""

from __future__ import annotations

import json

import pytest

from shared.adapters.valkey.identity.records import format_tenant, parse_tenant
from shared.identity import Tenant, TenantLimits

LIMITS = TenantLimits(max_archive_bytes=1, waiting_jobs=2, max_total_bytes=3, keep_archives_days=4)


def test_limits_that_an_earlier_version_does_not_know_stand_where_it_does_not_look() -> None:
    tenant = Tenant(name="acme", databases=("one",), limits=LIMITS)
    text = format_tenant(tenant)
    # It makes its limits of all that stands here, and can make none of more.
    assert json.loads(text)["limits"] == {"max_archive_bytes": 1, "waiting_jobs": 2}
    assert parse_tenant(text) == tenant


@pytest.mark.parametrize("limits", [{}, {"limits": {"max_archive_bytes": 1, "waiting_jobs": 2}}])
def test_a_record_without_later_limits_has_none(limits: dict[str, object]) -> None:
    read = parse_tenant(json.dumps({"name": "acme", "databases": ["one"], **limits})).limits
    assert (read.max_total_bytes, read.keep_archives_days) == (None, None)
    assert read.waiting_jobs == (2 if limits else None)


def test_limits_of_a_version_to_come_are_passed_over() -> None:
    text = json.dumps({"name": "acme", "databases": [], "later_limits": {"max_total_bytes": 3, "colour": "red"}})
    assert parse_tenant(text).limits == TenantLimits(max_total_bytes=3)
