"""Makes one request to a receiver."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import AddrInfoType
from typing_extensions import override

from gateway.webhooks.addresses import Judge
from shared import failpoints
from shared.errors import WebhookAddressError
from shared.settings.webhooks import WebhookSettings

_HEAD_BYTES: Final = 8 * 1024
"""Of one line of an answer's head."""
_READ_BYTES: Final = 4 * 1024
"""Of an answer's body, which nobody looks at, what comes with its head; the rest is not read."""
MOST_CONNECTIONS: Final = 32
"""Of one gateway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request led to."""

    status: int | None
    """None: there was no answer."""
    error: str | None = None
    """What went wrong; None: the receiver took it."""

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has it."""
        return self.error is None

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants nothing more, ever."""
        return self.status == 410


class JudgingResolver(AbstractResolver):
    """Gives only addresses that may be asked; connections go to these."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=each,
                port=port,
                family=socket.AF_INET6 if ip_address(each.partition("%")[0]).version == 6 else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for each in await self._judge.find(host, port)
        ]

    @override
    async def close(self) -> None:
        """There is nothing to close."""


class Poster:
    """Sends to receivers, and keeps nothing of one request for another: no connection, no cookie, no name's address."""

    def __init__(self, session: aiohttp.ClientSession, judge: Judge, seconds: float) -> None:
        self._session = session
        self._judge = judge
        self._seconds = seconds

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send; what goes wrong is in the answer, but for what ends the task."""
        try:
            self._judge.require_text(url)
            with failpoints.around("webhook"):
                return await self._post(url, body, headers)
        except WebhookAddressError as error:
            return Answer(status=None, error=error.message)
        except TimeoutError:
            return Answer(status=None, error=f"No answer within {self._seconds:g} seconds.")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Answer(status=None, error=_explain(error))

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        sent = {"Content-Type": "application/json", **headers}
        async with self._session.post(url, data=body, headers=sent, allow_redirects=False) as response:
            status = response.status
            response.close()  # whatever its body holds
        if 200 <= status < 300:
            return Answer(status=status)
        if 300 <= status < 400:
            return Answer(status=status, error=f"The receiver answered {status}: redirects are not followed.")
        return Answer(status=status, error=f"The receiver answered {status}.")


def _explain(error: Exception) -> str:
    """Say what went wrong without what the receiver sent."""
    match error:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return "The receiver's certificate, or its TLS, is not good."
        case aiohttp.ClientConnectorError():
            return f"No connection to the receiver: {error.os_error.strerror or 'refused'}."
        case aiohttp.ServerDisconnectedError() | ConnectionError():
            return "The receiver ended the connection without an answer."
        case _:
            return f"The receiver's answer cannot be read ({type(error).__name__})."


def _open_socket(judge: Judge, address: AddrInfoType) -> socket.socket:
    """Open a socket for a connection, whose very address is judged once more: whatever led to it."""
    family, kind, protocol, _, place = address
    host = str(place[0])
    judge.require_address(ip_address(host.partition("%")[0]), host)
    opened = socket.socket(family, kind, protocol)
    opened.setblocking(False)
    return opened


@asynccontextmanager
async def open_poster(settings: WebhookSettings, judge: Judge, agent: str) -> AsyncIterator[Poster]:
    """Open what sends. `agent` is what it calls itself. No proxy of the environment is used."""
    connector = aiohttp.TCPConnector(
        resolver=JudgingResolver(judge),
        use_dns_cache=False,
        force_close=True,
        limit=MOST_CONNECTIONS,
        socket_factory=partial(_open_socket, judge),
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=settings.webhook_seconds),
        headers={"User-Agent": agent},
        trust_env=False,
        auto_decompress=False,
        read_bufsize=_READ_BYTES,
        max_line_size=_HEAD_BYTES,
        max_field_size=_HEAD_BYTES,
    ) as session:
        yield Poster(session, judge, settings.webhook_seconds)
