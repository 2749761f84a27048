"""The store is reached by TLS, and only where its certificate is one that settings trust."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import hiredis
import pytest

from infra.engines.ports import LOOPBACK
from shared.errors import StoreUnavailableError
from shared.resources import open_job_store
from shared.settings.process import Settings
from tests.support.least_rights import lead_to
from tests.support.tls import make_certificates, open_tls_front

NAME = "store"

PATIENCE_SECONDS = 16.0
"""Longer than a caller waits for a failover, much shorter than a hang."""


@pytest.fixture
def certificates(tmp_path: Path) -> list[Path]:
    """Those of a server, of a client, of somebody else."""
    return make_certificates(tmp_path, "server", "client", "other")


@pytest.fixture
def front(valkey_url: str, certificates: list[Path]) -> Iterator[str]:
    """The address of the session's server by TLS."""
    server, client, _ = certificates
    with open_tls_front(urlsplit(valkey_url).port or 0, server, clients=client) as port:
        yield lead_to(valkey_url, port).replace("redis:", "rediss:")


@asynccontextmanager
async def open_sentinel(master: int) -> AsyncIterator[int]:
    """Answer as a sentinel does that knows a master at a port."""
    facts = ("name", NAME, "ip", LOOPBACK, "port", str(master), "flags", "master", "num-other-sentinels", "0")
    masters = f"*1\r\n*{len(facts)}\r\n" + "".join(f"${len(each)}\r\n{each}\r\n" for each in facts)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        commands = hiredis.Reader()
        while piece := await reader.read(4096):
            commands.feed(piece)
            while command := commands.gets():
                writer.write(masters.encode() if command[0] == b"SENTINEL" else b"+OK\r\n")
        writer.close()

    server = await asyncio.start_server(serve, LOOPBACK, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def reach(settings: Settings) -> None:
    async with open_job_store(settings) as store:
        await store.read_clock()
        assert await store.find_write_refusal() is None


async def fail_to_reach(settings: Settings, told: str) -> None:
    began = time.monotonic()
    with pytest.raises(StoreUnavailableError, match=told):
        await reach(settings)
    assert time.monotonic() - began < PATIENCE_SECONDS


async def test_a_server_whose_authority_is_named_is_reached(front: str, certificates: list[Path]) -> None:
    server, client, _ = certificates
    await reach(Settings(valkey_url=front, valkey_ca_file=server, valkey_cert_file=client))


async def test_a_server_of_another_authority_is_told(front: str, certificates: list[Path]) -> None:
    _, client, other = certificates
    for authority in (other, None):
        settings = Settings(valkey_url=front, valkey_ca_file=authority, valkey_cert_file=client)
        await fail_to_reach(settings, "certificate verify failed")


async def test_a_certificate_must_be_for_the_host(front: str, certificates: list[Path]) -> None:
    server, client, _ = certificates
    url = front.replace(LOOPBACK, "localhost")
    await fail_to_reach(Settings(valkey_url=url, valkey_ca_file=server, valkey_cert_file=client), "Hostname mismatch")
    lax = f"{url}?ssl_check_hostname=no"
    await reach(Settings(valkey_url=lax, valkey_ca_file=server, valkey_cert_file=client))


async def test_a_client_without_a_certificate_is_not_let_in(front: str, certificates: list[Path]) -> None:
    server, _, other = certificates
    for shown in (None, other):
        await fail_to_reach(
            Settings(valkey_url=front, valkey_ca_file=server, valkey_cert_file=shown),
            "[Cc]onnection (closed|lost|reset)",
        )


async def test_sentinels_are_asked_by_tls(front: str, certificates: list[Path]) -> None:
    server, client, other = certificates
    async with open_sentinel(urlsplit(front).port or 0) as port:
        with open_tls_front(port, server, clients=client) as asked:
            url = lead_to(front, asked).replace("rediss:", "rediss+sentinel:").replace("/0", f"/{NAME}/0")
            await reach(Settings(valkey_url=url, valkey_ca_file=server, valkey_cert_file=client))
            wrong = Settings(valkey_url=url, valkey_ca_file=other, valkey_cert_file=client)
            await fail_to_reach(wrong, "No master found.*certificate verify failed")
