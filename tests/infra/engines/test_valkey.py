"""Tests of the embedded Valkey server."""

from __future__ import annotations

from redis import Redis

from tests.support.least_rights import as_owner


def test_every_write_goes_to_disk_and_none_is_evicted(valkey_url: str) -> None:
    with Redis.from_url(as_owner(valkey_url), decode_responses=True) as client:
        options = client.config_get("append*", "maxmemory-policy")
    assert options["appendonly"] == "yes"
    assert options["appendfsync"] == "always"
    assert options["maxmemory-policy"] == "noeviction"
