"""What proxies in front of the gateway say of a request: whom it is from, and at which address it reached them.

Only those that the settings trust are believed, and of a list only what they have added themselves, at its end: what
stands before that is the caller's own word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from aiohttp import web

from shared.settings.process import Settings

FORWARDED_FOR: Final = "X-Forwarded-For"
FORWARDED_HOST: Final = "X-Forwarded-Host"
FORWARDED_PREFIX: Final = "X-Forwarded-Prefix"
FORWARDED_PROTO: Final = "X-Forwarded-Proto"

_HOST: Final = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/?")
_WITH_PORT: Final = re.compile(r"\[(?P<six>[^\]]*)\](?::\d+)?|(?P<four>[^:]*):\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Where the gateway is reached, and through whom."""

    proxies: Sequence[IPv4Network | IPv6Network]
    """Trusted."""
    base: str
    """Of links."""
    is_fixed: bool
    """Whether the base is the same whatever a proxy says."""

    def trusts(self, address: str) -> bool:
        """Return whether what comes from this address comes from a proxy of ours."""
        host = read_address(address) if self.proxies else None
        return host is not None and any(host in each for each in self.proxies)


FRONT = web.AppKey("FRONT", Front)


def make_front(settings: Settings) -> Front:
    """Return what the settings say."""
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    return Front(proxies=settings.trusted_proxies, base=base.rstrip("/"), is_fixed=settings.public_url is not None)


def find_base(request: web.Request) -> str:
    """Return what links are built from: of Host, which is the caller's word, never."""
    front = request.app[FRONT]
    if front.is_fixed or not front.trusts(request.remote or ""):
        return front.base
    scheme, host, prefix = (_say_last(request, name) for name in (FORWARDED_PROTO, FORWARDED_HOST, FORWARDED_PREFIX))
    if scheme not in {"http", "https"} or not _is_host(host) or _PREFIX.fullmatch(prefix) is None:
        return front.base
    return f"{scheme}://{host}{prefix}".rstrip("/")


def _is_host(text: str) -> bool:
    return _HOST.fullmatch(text) is not None and (not text.startswith("[") or isinstance(_read(text), IPv6Address))


def find_caller(request: web.Request) -> str | None:
    """Return the address of the nearest that is no proxy of ours; None where it is not known."""
    front, address = request.app[FRONT], request.remote
    hops = _list_said(request, FORWARDED_FOR)
    while hops and front.trusts(address or ""):
        host = read_address(hops.pop())
        if host is None:
            break
        address = str(host)
    return address


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address, with its port or without; one of IPv4 in the form of IPv6 is what it stands for."""
    address = _read(text)
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def _read(text: str) -> IPv4Address | IPv6Address | None:
    if match := _WITH_PORT.fullmatch(text):
        text = match["six"] or match["four"] or ""
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _say_last(request: web.Request, name: str) -> str:
    said = _list_said(request, name)
    return said[-1] if said else ""


def _list_said(request: web.Request, name: str) -> list[str]:
    return [each.strip() for line in request.headers.getall(name, ()) for each in line.split(",")]
