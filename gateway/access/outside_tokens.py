"""Bearer tokens of an outside issuer."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import jwt

from gateway.access.issuer_keys import IssuerKeys, open_issuer_keys
from gateway.access.signing import CHECKS, UNREADABLE, is_current
from gateway.access.store_clock import Clock
from gateway.server.text import is_text
from shared.identity import EVERYONE, Role
from shared.settings.issuers import IssuerSettings
from shared.spelling import fold

_NAME_FORM: Final = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,200}")
"""Issuers put colons into names, which ours have not, for their users never show a name beside a password here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideUser:
    """Whom a good token is about, in our words."""

    name: str
    tenants: Sequence[str]
    roles: frozenset[Role]


class OutsideTokens:
    """Checks tokens and reads their claims, as the settings say."""

    def __init__(self, settings: IssuerSettings, keys: IssuerKeys, clock: Clock) -> None:
        self._settings = settings
        self._keys = keys
        self._clock = clock

    async def read(self, text: str) -> OutsideUser | None:
        """Return whom a token is about; None where it is not a good one. Raises: IssuerUnavailableError."""
        claims = await self._check(text)
        return None if claims is None else self._to_user(claims)

    async def _check(self, text: str) -> Mapping[str, Any] | None:
        try:
            header = jwt.get_unverified_header(text)
            algorithm, key_id = header.get("alg"), header.get("kid")
            if algorithm not in self._settings.jwt_algorithms:  # decides before anything of the token is trusted
                return None
            key = await self._keys.find(key_id, algorithm)
            if key is None:
                return None
            claims = self._decode(text, key, algorithm)
            return claims if is_current(claims, self._clock(), self._settings.jwt_leeway_seconds) else None
        except UNREADABLE:
            return None

    def _decode(self, text: str, key: jwt.PyJWK, algorithm: str) -> Mapping[str, Any]:
        claims: Mapping[str, Any] = jwt.decode(
            text,
            key,
            algorithms=[algorithm],
            audience=self._settings.jwt_audience,
            issuer=self._settings.jwt_issuer,
            options=CHECKS,
        )
        return claims

    def _to_user(self, claims: Mapping[str, Any]) -> OutsideUser | None:
        name = _find_claim(claims, self._settings.jwt_user_claim)
        if not isinstance(name, str) or name == EVERYONE or _NAME_FORM.fullmatch(name) is None:
            return None
        return OutsideUser(
            name=fold(name),
            tenants=_names(_find_claim(claims, self._settings.jwt_tenant_claim)),
            roles=self._map_roles(_words(_find_claim(claims, self._settings.jwt_roles_claim))),
        )

    def _map_roles(self, names: Sequence[str]) -> frozenset[Role]:
        mapped = self._settings.jwt_roles
        if mapped is None:
            return frozenset(role for role in Role if role in names and role is not Role.SUPER_ADMIN)
        return frozenset(Role(mapped[name]) for name in names if name in mapped)


@asynccontextmanager
async def open_outside_tokens(settings: IssuerSettings, clock: Clock) -> AsyncIterator[OutsideTokens | None]:
    """Open what checks tokens of the issuer in the settings; None where they name no issuer."""
    if settings.jwt_jwks_url is None:
        yield None
        return
    async with open_issuer_keys(settings.jwt_jwks_url) as keys:
        yield OutsideTokens(settings, keys, clock)


def _find_claim(claims: Mapping[str, Any], name: str) -> object:
    """Return a claim of this name, else what its dots lead to; None where there is nothing."""
    if name in claims:
        return claims[name]
    found: object = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _names(value: object) -> Sequence[str]:
    listed = value if isinstance(value, list) else [value]
    return [each for each in listed if isinstance(each, str) and each and is_text(each)]


def _words(value: object) -> Sequence[str]:
    return value.split() if isinstance(value, str) else _names(value)
