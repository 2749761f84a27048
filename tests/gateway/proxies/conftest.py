"""Two gateways of one world, with a proxy in front of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from gateway import job_feed
from gateway.server import serving
from shared.adapters.folders.archives import ArchiveDirectory
from shared.resources import Resources
from shared.settings.process import Settings
from tests.gateway.conftest import Client, StartGateway, World
from tests.support.proxies import BUFFERING_NGINX, HAPROXY, NGINX, Kind, Proxy, open_proxy, write_certificate

CALLER = "127.0.0.2"
"""Loopback too, but no proxy's address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Through:
    """A client of the gateways that knows the proxy alone."""

    proxy: Proxy
    gateways: tuple[Client, Client]
    world: World
    resources: Resources
    session: aiohttp.ClientSession
    answers: list[aiohttp.ClientResponse] = field(default_factory=list)

    async def ask(self, method: str, path: str, caller: str | None = "admin", **more: Any) -> aiohttp.ClientResponse:
        """Send a request to a path of the API, or to a whole address that an answer has told."""
        headers = {**({} if caller is None else self.world.as_(caller)), **more.pop("headers", {})}
        url = path if path.startswith("http") else f"{self.proxy.url}{path}"
        answer = await self.session.request(method, URL(url, encoded=True), headers=headers, **more)
        self.answers.append(answer)
        return answer

    async def work(self) -> None:
        """Do all jobs."""
        await self.world.work(self.resources)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    named = {"public_url": None, "trusted_proxies": ["127.0.0.1"], "max_upload_bytes": 8 * 1024**2}
    named["max_connections_per_address"] = 20
    return Settings.model_validate({**settings.model_dump(), **named})


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_feed, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(serving, "SHUTDOWN_SECONDS", 1.0)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("tls") / "ferry.pem"
    write_certificate(file)
    return file


@pytest.fixture(params=[NGINX, BUFFERING_NGINX, HAPROXY], ids=["nginx", "buffering nginx", "haproxy"])
def kind(request: pytest.FixtureRequest) -> Kind:
    chosen: Kind = request.param
    return chosen


def connector_to(proxy: Proxy) -> aiohttp.TCPConnector:
    return aiohttp.TCPConnector(ssl=proxy.trust(), limit=0, local_addr=(CALLER, 0))


@pytest.fixture
async def through(
    kind: Kind, world: World, start_gateway: StartGateway, tmp_path: Path, certificate: Path
) -> AsyncIterator[Through]:
    resources = replace(world.resources(), archives=ArchiveDirectory(world.settings.archives_dir))
    gateways = (await start_gateway(resources), await start_gateway(resources))
    ports = [each.port for each in gateways if each.port is not None]
    async with (
        open_proxy(kind, tmp_path / "proxy", ports, certificate) as proxy,
        aiohttp.ClientSession(connector=connector_to(proxy)) as session,
    ):
        opened = Through(proxy=proxy, gateways=gateways, world=world, resources=resources, session=session)
        yield opened
        for each in opened.answers:
            each.close()
