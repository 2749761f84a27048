"""How many connections are open: in all, and from each address."""

from __future__ import annotations

import asyncio
from collections import Counter
from ipaddress import IPv6Address, ip_address, ip_network

from gateway.http_errors import GatewayFullError, TooManyConnectionsError


class Places:
    """The places of one gateway: each connection costs a descriptor and memory, which others need too."""

    def __init__(self, *, limit: int, limit_of_one: int) -> None:
        self._limit = limit
        self._limit_of_one = limit_of_one
        self._taken = 0
        self._taken_by: Counter[str] = Counter()

    def take(self, source: str) -> None:
        """Take a place for a connection. Raises: TooManyConnectionsError, GatewayFullError."""
        if self._taken_by[source] >= self._limit_of_one:
            raise TooManyConnectionsError(self._limit_of_one)
        if self._taken >= self._limit:
            raise GatewayFullError
        self._taken += 1
        self._taken_by[source] += 1

    def leave(self, source: str) -> None:
        """Give a place back; an address without any is forgotten."""
        self._taken -= 1
        self._taken_by[source] -= 1
        if self._taken_by[source] == 0:
            del self._taken_by[source]


def source_of(transport: asyncio.BaseTransport) -> str:
    """Return the address at the other end; of IPv6 the network of 64 bits, which one host has for itself."""
    peer = transport.get_extra_info("peername")
    if not isinstance(peer, tuple):
        return ""
    address = ip_address(peer[0].partition("%")[0])
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((int(address), 64), strict=False))
