"""An issuer's keys are read in time, again when they changed, and never too often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from gateway.access.issuer_keys import (
    FRESH_SECONDS,
    MAX_BYTES,
    PAUSE_SECONDS,
    STALE_SECONDS,
    IssuerKeys,
    open_issuer_keys,
)
from gateway.http_errors import IssuerUnavailableError
from tests.support.issuers import Issuer, describe, make_curve_key, make_rsa_key, open_issuer

RSA, CURVE = make_rsa_key(), make_curve_key()


@dataclass
class Served:
    """What an issuer answers, and when it is."""

    keys: list[dict[str, Any]] = field(default_factory=lambda: [describe(RSA, "one")])
    is_away: bool = False
    asked: int = 0
    now: float = 1000.0

    async def read(self) -> bytes:
        self.asked += 1
        await asyncio.sleep(0)
        if self.is_away:
            raise TimeoutError
        return orjson.dumps({"keys": self.keys})


@pytest.fixture
def served() -> Served:
    return Served()


@pytest.fixture
def keys(served: Served) -> IssuerKeys:
    return IssuerKeys(served.read, clock=lambda: served.now)


async def let_others_work() -> None:
    """Let whatever waits for nothing but its turn come to its end."""
    for _ in range(20):
        await asyncio.sleep(0)


async def has(keys: IssuerKeys, name: str | None = "one", algorithm: str = "RS256") -> bool:
    return await keys.find(name, algorithm) is not None


async def test_keys_are_asked_for_once(keys: IssuerKeys, served: Served) -> None:
    found = await asyncio.gather(*(has(keys) for _ in range(20)))
    assert (all(found), served.asked) == (True, 1)


async def test_an_unknown_name_is_asked_for_once_in_a_while(keys: IssuerKeys, served: Served) -> None:
    assert await has(keys)
    for number in range(20):
        assert not await has(keys, f"forged-{number}")
    assert served.asked == 1  # right after the first question nobody has news
    served.keys.append(describe(RSA, "two"))
    served.now += PAUSE_SECONDS
    assert await has(keys, "two")
    for number in range(20):
        assert not await has(keys, f"forged-{number}")
    assert served.asked == 2


async def test_old_keys_serve_while_new_ones_are_fetched(keys: IssuerKeys, served: Served) -> None:
    assert await has(keys)
    served.keys = [describe(RSA, "two")]
    served.now += FRESH_SECONDS + 1
    assert await has(keys)
    await let_others_work()
    assert (await has(keys), await has(keys, "two")) == (False, True)


async def test_an_issuer_that_is_away_never_opens_a_door(keys: IssuerKeys, served: Served) -> None:
    served.is_away = True
    with pytest.raises(IssuerUnavailableError):
        await has(keys)
    asked = served.asked
    with pytest.raises(IssuerUnavailableError):
        await has(keys)
    assert served.asked == asked  # nobody waits for it again so soon
    served.is_away = False
    served.now += PAUSE_SECONDS
    assert await has(keys)


async def test_old_keys_serve_for_a_while_without_their_issuer(keys: IssuerKeys, served: Served) -> None:
    assert await has(keys)
    served.is_away = True
    served.now += STALE_SECONDS - 1
    assert await has(keys)
    await let_others_work()
    served.now += PAUSE_SECONDS
    with pytest.raises(IssuerUnavailableError):
        await has(keys, "new")
    served.now += STALE_SECONDS
    with pytest.raises(IssuerUnavailableError):
        await has(keys)


async def test_a_key_serves_only_what_it_is_for(keys: IssuerKeys, served: Served) -> None:
    served.keys = [
        describe(RSA, "rsa"),
        describe(RSA, "rs256", alg="RS256"),
        describe(RSA, "secrecy", use="enc"),
        describe(CURVE, "curve"),
        {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
    ]
    good = {("rsa", "RS256"), ("rsa", "PS512"), ("rs256", "RS256"), ("curve", "ES256")}
    for name in ("rsa", "rs256", "secrecy", "curve", "secret", "broken"):
        for algorithm in ("RS256", "PS512", "ES256", "ES384", "EdDSA"):
            assert await has(keys, name, algorithm) == ((name, algorithm) in good), (name, algorithm)


async def test_a_token_without_a_name_takes_the_only_key(keys: IssuerKeys, served: Served) -> None:
    served.keys = [describe(RSA, None)]
    assert await has(keys, None)
    served.keys.append(describe(CURVE, "two"))
    served.now += STALE_SECONDS + 1
    assert not await has(keys, None)


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with open_issuer() as opened:
        yield opened


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, None), (302, None), (200, b"no JSON"), (200, b"[]"), (200, b'{"keys": 1}'), (200, b" " * (MAX_BYTES + 1))],
)
async def test_what_is_no_set_of_keys_counts_as_away(issuer: Issuer, status: int, body: bytes | None) -> None:
    issuer.status, issuer.body = status, body
    async with open_issuer_keys(issuer.url) as keys:
        with pytest.raises(IssuerUnavailableError):
            await keys.find("one", "RS256")
    assert issuer.asked == 1


async def test_keys_come_over_http(issuer: Issuer) -> None:
    async with open_issuer_keys(issuer.url) as keys:
        assert await has(keys)
    async with open_issuer_keys("http://127.0.0.1:1/keys") as keys:
        with pytest.raises(IssuerUnavailableError):
            await keys.find("one", "RS256")
