"""Judges the addresses of receivers: who names one must not reach through us what only we can reach.

A name is judged by what it leads to, once where it is set and again at each try, and the connection goes to the very
addresses that were judged.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias
from urllib.parse import SplitResult, urlsplit

from shared.errors import WebhookAddressError
from shared.settings.webhooks import WebhookSettings

MOST_CHARACTERS: Final = 2048
_RESOLVE_SECONDS: Final = 10.0
_RESOLVING: Final = ThreadPoolExecutor(max_workers=16, thread_name_prefix="webhook-names")
"""Of its own: a slow name holds its thread after the time-out too, and files are read in the loop's others."""

_ODD: Final = re.compile(r"[^\x21-\x7e]|[\\<>\"`{}|^]")
"""What is read in more than one way, or not at all."""
_HOST: Final = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_-]{1,63}\.?")
_NUMBER: Final = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_GLOBAL_SIX: Final = ip_network("2000::/3")
_SPECIAL: Final = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16")))
"""Set aside for protocols, or ways to IPv4 addresses. Not every Python counts all of them as such."""

Address: TypeAlias = IPv4Address | IPv6Address
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Finds the addresses of a host. Raises: OSError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Where a receiver's address leads, as far as its text says it."""

    host: str
    port: int


class Judge:
    """Applies the settings."""

    def __init__(self, settings: WebhookSettings, resolve: Resolve | None = None) -> None:
        self._networks: Sequence[IPv4Network | IPv6Network] = settings.webhook_networks
        self._ports = settings.webhook_ports
        self._schemes = ("https", "http") if settings.webhook_http else ("https",)
        self._resolve = resolve or look_up

    async def require(self, url: str) -> None:
        """Judge an address and what its name leads to now. Raises: WebhookAddressError."""
        receiver = self.require_text(url)
        try:
            async with asyncio.timeout(_RESOLVE_SECONDS):
                await self.find(receiver.host, receiver.port)
        except TimeoutError:
            raise _refuse(receiver.host) from None

    def require_text(self, url: str) -> Receiver:
        """Judge what the text of an address says. Raises: WebhookAddressError."""
        parts = self._split(url)
        host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]
        if port not in self._ports:
            allowed = ", ".join(map(str, self._ports)) or "none"
            raise WebhookAddressError(
                f"The webhook's address names port {port}; allowed: {allowed} (GRAPHFERRY_WEBHOOK_PORTS)."
            )
        if (literal := _read_literal(host)) is not None:
            self.require_address(literal, host)
        elif _HOST.fullmatch(host) is None or _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
            raise WebhookAddressError(
                f"The webhook's host {host!r} is neither a name of letters, digits, hyphens and dots nor an address in "
                "its usual form, such as 192.0.2.1."
            )
        return Receiver(host=host, port=port)

    def _split(self, url: str) -> SplitResult:
        """Raises: WebhookAddressError, which does not quote what may be a password."""
        if len(url) > MOST_CHARACTERS or _ODD.search(url):
            raise WebhookAddressError(
                f"The webhook's address has more than {MOST_CHARACTERS} characters, or others than those of ASCII that "
                "addresses may have: write others as %XX, and a host's name as xn--…."
            )
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError:
            raise WebhookAddressError("The webhook's address has a host or a port that cannot be read.") from None
        if parts.scheme not in self._schemes or not parts.hostname or not url.lower().startswith(f"{parts.scheme}://"):
            more = "" if "http" in self._schemes else " (http:// needs GRAPHFERRY_WEBHOOK_HTTP)"
            known = " or ".join(f"{each}://" for each in self._schemes)
            raise WebhookAddressError(f"The webhook's address must begin with {known}, and name a host{more}.")
        if "@" in parts.netloc or parts.fragment or parts.port == 0:
            raise WebhookAddressError(
                "The webhook's address must have neither user nor password, nor anything after #."
            )
        return parts

    async def find(self, host: str, port: int) -> Sequence[str]:
        """Find the addresses of a host, all of which may be asked. Raises: WebhookAddressError."""
        try:
            found = await self._resolve(host, port)
        except OSError:
            found = ()
        if not found:
            raise _refuse(host)
        for each in found:
            self.require_address(ip_address(each.partition("%")[0]), host)
        return found

    def require_address(self, address: Address, host: str) -> None:
        """Refuse what is not public, unless the settings name it. Raises: WebhookAddressError.

        It does not tell the address: who asks may not know what names lead to in our network.
        """
        plain = _unwrap(address)
        if any(plain in each for each in self._networks if each.version == plain.version) or _is_public(plain):
            return
        raise _refuse(host)


def _refuse(host: str) -> WebhookAddressError:
    """Make one error for a name that is not found and one that leads inside: who asks may not know which exist."""
    return WebhookAddressError(
        f"The webhook's host {host!r} cannot be found, or is, or leads to, no public address: mend the address, or "
        "have it known to the gateway's resolver. GRAPHFERRY_WEBHOOK_NETWORKS names the others that may be asked."
    )


async def look_up(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver."""
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_RESOLVING, ask)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _read_literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _unwrap(address: Address) -> Address:
    """Return the IPv4 address within an IPv6 one that stands for it."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


def _is_public(address: Address) -> bool:
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    if any(address in each for each in _SPECIAL if each.version == address.version):
        return False
    return address.version == 4 or address in _GLOBAL_SIX
