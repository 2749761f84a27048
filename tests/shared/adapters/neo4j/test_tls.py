"""A database is reached by TLS, and admits us as settings say."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.engines.ports import LOOPBACK
from shared.adapters.neo4j.connection import open_connection
from shared.adapters.neo4j.server_errors import NotAdmittedError, PassingStateError
from shared.settings.databases import DatabaseSettings
from tests.support.tls import make_certificates, open_tls_front

PATIENCE_SECONDS = 10.0


@pytest.fixture
def certificates(tmp_path: Path) -> list[Path]:
    """Those of a server, of a client, of somebody else."""
    return make_certificates(tmp_path, "server", "client", "other")


@pytest.fixture
def front(neo4j_2026: DatabaseSettings, certificates: list[Path]) -> Iterator[int]:
    server, client, _ = certificates
    with open_tls_front(urlsplit(neo4j_2026.uri).port or 0, server, clients=client) as port:
        yield port


def change(settings: DatabaseSettings, changes: Mapping[str, Any]) -> DatabaseSettings:
    return DatabaseSettings.model_validate({**settings.reveal(), **changes})


async def reach(settings: DatabaseSettings) -> None:
    async with open_connection("source", settings) as connection:
        assert await connection.run("RETURN 1") == [[1]]


async def fail_to_reach(settings: DatabaseSettings, told: str) -> None:
    began = time.monotonic()
    with pytest.raises(PassingStateError, match=told):
        await reach(settings)
    assert time.monotonic() - began < PATIENCE_SECONDS


async def test_a_server_whose_authority_is_named_is_reached(
    neo4j_2026: DatabaseSettings, front: int, certificates: list[Path]
) -> None:
    server, client, other = certificates
    uri = {"uri": f"bolt+s://{LOOPBACK}:{front}"}
    await reach(change(neo4j_2026, {**uri, "ca_file": server, "cert_file": client}))
    told = "certificate verify failed"
    await fail_to_reach(change(neo4j_2026, {**uri, "ca_file": other, "cert_file": client}), told)
    await fail_to_reach(change(neo4j_2026, {**uri, "cert_file": client}), told)
    await fail_to_reach(change(neo4j_2026, {**uri, "ca_file": server}), "closed")
    await fail_to_reach(change(neo4j_2026, {**uri, "ca_file": server, "cert_file": other}), "closed")


async def test_a_certificate_must_be_for_the_host(
    neo4j_2026: DatabaseSettings, front: int, certificates: list[Path]
) -> None:
    server, client, _ = certificates
    changes = {"uri": f"bolt+s://localhost:{front}", "ca_file": server, "cert_file": client}
    await fail_to_reach(change(neo4j_2026, changes), "Hostname mismatch")


async def test_any_certificate_is_taken_where_settings_say_so(
    neo4j_2026: DatabaseSettings, front: int, certificates: list[Path]
) -> None:
    _, client, _ = certificates
    await reach(change(neo4j_2026, {"uri": f"bolt+ssc://localhost:{front}", "cert_file": client}))


async def test_routing_is_by_tls_as_well(neo4j_2026: DatabaseSettings, front: int, certificates: list[Path]) -> None:
    server, client, other = certificates
    changes = {"uri": f"neo4j+s://{LOOPBACK}:{front}", "cert_file": client}
    await reach(change(neo4j_2026, {**changes, "ca_file": server}))
    await fail_to_reach(change(neo4j_2026, {**changes, "ca_file": other}), "certificate verify failed")


@pytest.mark.parametrize(
    ("auth", "told"), [({"auth": "none"}, "missing key `scheme`"), ({"auth": "bearer", "token": "s3cret"}, "bearer")]
)
async def test_a_server_that_wants_a_password_takes_nothing_else(
    neo4j_2026: DatabaseSettings, auth: Mapping[str, str], told: str
) -> None:
    settings = DatabaseSettings.model_validate({"uri": neo4j_2026.uri, **auth})
    with pytest.raises(NotAdmittedError, match=told) as refusal:
        await reach(settings)
    assert "s3cret" not in refusal.value.message
