"""The pool of connections that an address of the store stands for.

`redis://`, `rediss://` and `unix://` name a server, as the client library reads them. `redis+sentinel://` and
`rediss+sentinel://` name sentinels, which know the server: `redis+sentinel://user:password@one,two:26380/name/0`, with
`sentinel_username` and `sentinel_password` among the options where sentinels ask for them. Settings have looked through
what they give. `redis+cluster://` and `rediss+cluster://` name nodes of a cluster, one of which owns all keys of an
installation: `redis+cluster://user:password@one,two:6379/0`; whose keys says the option `installation`, which settings
add.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import MasterNotFoundError, Sentinel, SentinelConnectionPool
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from typing_extensions import override

from shared.adapters.valkey.client_internals import (
    ClientLife,
    MasterConnection,
    MasterTlsConnection,
    NotNowError,
    ValkeyConnection,
    ValkeySocketConnection,
    ValkeyTlsConnection,
)
from shared.adapters.valkey.clusters import ClusterConnection, ClusterTlsConnection, OwnerFinder
from shared.settings.addresses import is_cluster

SOCKET_TIMEOUT_SECONDS: Final = 5.0
"""A hung server must show as an error while a caller still waits for an answer, and before a lease runs out."""

RECONNECTS: Final = 2
"""A connection that died unnoticed in the pool costs a new one, not an error. Never repeated after a time-out."""

NOT_NOW_SECONDS: Final = 4.0
"""How long a caller waits for a server that says that it does nothing now: a failover takes some seconds."""

_SENTINEL: Final = "+sentinel"
_SENTINEL_PORT: Final = 26379
_NODE_PORT: Final = 6379
_SENTINEL_SECONDS: Final = 1.0
"""The next sentinel is asked after this."""

TLS_OPTIONS: Final = (
    "ssl_ca_certs",
    "ssl_cert_reqs",
    "ssl_certfile",
    "ssl_check_hostname",
    "ssl_ciphers",
    "ssl_keyfile",
)
"""Options that count for whatever belongs to the store: servers, replicas, sentinels."""

_CONNECTIONS: Final = {"redis": ValkeyConnection, "rediss": ValkeyTlsConnection, "unix": ValkeySocketConnection}
_TO_MASTERS: Final = {"redis": MasterConnection, "rediss": MasterTlsConnection}
_TO_OWNERS: Final = {"redis": ClusterConnection, "rediss": ClusterTlsConnection}

NOT_NOW: Final = (NotNowError, MasterNotFoundError)
"""What a server or sentinels answer that did nothing, and may do it in a moment."""

_Answer = TypeVar("_Answer")

_patience: ContextVar[float] = ContextVar("patience", default=NOT_NOW_SECONDS)


@contextmanager
def patient_for(seconds: float) -> Iterator[None]:
    """Ask so long inside what a server does not do now; 0 or less: be told at once."""
    token = _patience.set(seconds)
    try:
        yield
    finally:
        _patience.reset(token)


def patience() -> float:
    """For how many seconds to ask again what is surely not done now."""
    return _patience.get()


class _Patience(Retry):
    """Repeats what was surely not done for some seconds, and a few times what a lost connection may have swallowed."""

    def __init__(self) -> None:
        super().__init__(ExponentialBackoff(cap=0.2, base=0.02), RECONNECTS, supported_errors=(RedisConnectionError,))

    @override
    async def call_with_retry(
        self, do: Callable[[], Awaitable[_Answer]], fail: Callable[[RedisError], Awaitable[object]]
    ) -> _Answer:
        began, failures = time.monotonic(), 0
        while True:
            try:
                return await do()
            except RedisConnectionError as error:
                failures += 1
                await fail(error)
                if not _may_pass(error, failures, time.monotonic() - began):
                    raise
                await asyncio.sleep(self._backoff.compute(failures))


def _may_pass(error: RedisConnectionError, failures: int, waited: float) -> bool:
    if isinstance(error, NOT_NOW):
        return waited < patience()
    return failures <= RECONNECTS


@asynccontextmanager
async def open_pool(url: str, *, decode_responses: bool) -> AsyncIterator[ConnectionPool]:
    """Open the pool of an address; nothing is sent before the first command, or once the pool is closed."""
    life = ClientLife()
    options: dict[str, Any] = {
        "life": life,
        "decode_responses": decode_responses,
        "socket_timeout": SOCKET_TIMEOUT_SECONDS,
        "socket_connect_timeout": SOCKET_TIMEOUT_SECONDS,
        "socket_keepalive": True,
        "retry": _Patience(),
        "retry_on_error": [RedisConnectionError],
    }
    scheme = urlsplit(url).scheme
    asked: Sequence[Any] = []
    if scheme.endswith(_SENTINEL):
        pool, asked = _make_pool_by_sentinels(url, options)
    elif is_cluster(url):
        pool, asked = _make_pool_by_nodes(url, options)
    else:
        pool = ConnectionPool(**{**options, **_read_server(url), "connection_class": _CONNECTIONS[scheme]})
    try:
        yield pool
    finally:
        life.has_ended = True
        await pool.aclose()
        for each in asked:
            await each.aclose()


def _make_pool_by_sentinels(url: str, options: dict[str, Any]) -> tuple[ConnectionPool, Sequence[Any]]:
    """Make the pool, and the clients of the sentinels, which it does not close."""
    scheme, hosts, path, server = _read_several(url, options)
    name, _, number = path.partition("/")
    server = {"db": int(number or 0), **server, "connection_class": _TO_MASTERS[scheme]}
    asked: dict[str, Any] = {key: server.pop(f"sentinel_{key}", None) for key in ("username", "password")}
    asked["ssl"] = scheme == "rediss"
    asked.update((name, server[name]) for name in TLS_OPTIONS if name in server)
    times = {"socket_timeout": _SENTINEL_SECONDS, "socket_connect_timeout": _SENTINEL_SECONDS}
    addresses = [_read_host(each, _SENTINEL_PORT) for each in hosts]
    manager: Any = Sentinel(addresses, sentinel_kwargs={**asked, **times})  # type: ignore[no-untyped-call]
    pool: ConnectionPool = SentinelConnectionPool(name, manager, **server)  # type: ignore[no-untyped-call]
    return pool, manager.sentinels


def _make_pool_by_nodes(url: str, options: dict[str, Any]) -> tuple[ConnectionPool, Sequence[Any]]:
    """Make the pool, and what asks the nodes, which it does not close."""
    scheme, hosts, _, server = _read_several(url, options)
    asked: dict[str, Any] = {name: server[name] for name in ("username", "password", *TLS_OPTIONS) if name in server}
    owner = OwnerFinder(
        [_read_host(each, _NODE_PORT) for each in hosts],
        tag=server.pop("installation", ""),
        options={**asked, "ssl": scheme == "rediss"},
    )
    return ConnectionPool(**{**server, "connection_class": _TO_OWNERS[scheme]}, owner=owner), [owner]


def _read_several(url: str, options: dict[str, Any]) -> tuple[str, Sequence[str], str, dict[str, Any]]:
    """Read an address that names several: the scheme of each server, the hosts, the path, what connections need."""
    parts = urlsplit(url)
    scheme = parts.scheme.partition("+")[0]
    login, _, hosts = parts.netloc.rpartition("@")
    plain = urlunsplit((scheme, f"{login}@" if login else "", "", parts.query, ""))
    return scheme, hosts.split(","), parts.path.strip("/"), {**options, **_read_server(plain)}


def _read_server(url: str) -> dict[str, Any]:
    """Read the address of a server: its certificate must be for the host, unless an option says else."""
    server: dict[str, Any] = {**parse_url(url)}
    if urlsplit(url).scheme == "rediss":
        server.setdefault("ssl_check_hostname", server.get("ssl_cert_reqs") != "none")
    return server


def _read_host(text: str, port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    return parts.hostname or "", parts.port or port
