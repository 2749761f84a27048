"""How many connections are open: in all, and from each address."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_network

from gateway.http_errors import GatewayFullError, TooManyConnectionsError
from gateway.server.front import read_address


class Places:
    """The places of one gateway: each connection costs a descriptor and memory, which others need too.

    A proxy's connections count in all alone: what it passes on counts as its caller's.
    """

    def __init__(self, *, limit: int, limit_of_one: int, is_proxy: Callable[[str], bool] = lambda _: False) -> None:
        self._limit = limit
        self._limit_of_one = limit_of_one
        self._is_proxy = is_proxy
        self._taken = 0
        self._taken_by: Counter[str] = Counter()

    def take(self, address: str) -> None:
        """Take a place for a connection. Raises: TooManyConnectionsError, GatewayFullError."""
        is_proxy = self._is_proxy(address)
        if not is_proxy:
            self._require_one(address)
        if self._taken >= self._limit:
            raise GatewayFullError
        self._taken += 1
        if not is_proxy:
            self._taken_by[source_of(address)] += 1

    def leave(self, address: str) -> None:
        """Give a place back."""
        self._taken -= 1
        if not self._is_proxy(address):
            self._leave_one(address)

    @contextmanager
    def hold(self, address: str) -> Iterator[None]:
        """Hold one of an address's places while a request is answered that a proxy passed on.

        Raises: TooManyConnectionsError.
        """
        self._require_one(address)
        self._taken_by[source_of(address)] += 1
        try:
            yield
        finally:
            self._leave_one(address)

    def _require_one(self, address: str) -> None:
        if self._taken_by[source_of(address)] >= self._limit_of_one:
            raise TooManyConnectionsError(self._limit_of_one)

    def _leave_one(self, address: str) -> None:
        """An address without any place is forgotten."""
        source = source_of(address)
        self._taken_by[source] -= 1
        if self._taken_by[source] == 0:
            del self._taken_by[source]


def peer_of(transport: asyncio.BaseTransport) -> str:
    """Return the address at the other end; nothing where there is none."""
    peer = transport.get_extra_info("peername")
    return peer[0] if isinstance(peer, tuple) else ""


def source_of(address: str) -> str:
    """Return what one host has for itself: its address, or of IPv6 the network of 64 bits."""
    host = read_address(address)
    return str(ip_network((int(host), 64), strict=False)) if isinstance(host, IPv6Address) else str(host or "")
