"""An issuer of tokens, with its public keys on a local server."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER = "https://login.example/realms/one"
AUDIENCE = "graphferry"

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey


def make_rsa_key(bits: int = 2048) -> RSAPrivateKey:
    return generate_rsa_key(public_exponent=65537, key_size=bits)


def make_curve_key() -> EllipticCurvePrivateKey:
    return generate_private_key(SECP256R1())


def describe(key: PrivateKey, name: str | None, **more: Any) -> dict[str, Any]:
    """Give the public half as a JSON Web Key."""
    text = (
        RSAAlgorithm.to_jwk(key.public_key())
        if isinstance(key, RSAPrivateKey)
        else ECAlgorithm.to_jwk(key.public_key())
    )
    return {**orjson.loads(text), **({} if name is None else {"kid": name}), **more}


@dataclass
class Issuer:
    """What it signs with, and what it serves."""

    keys: dict[str, PrivateKey] = field(default_factory=lambda: {"one": make_rsa_key()})
    served: list[dict[str, Any]] | None = None
    """None: all keys."""
    body: bytes | None = None
    """Served instead of a set of keys."""
    status: int = 200
    url: str = ""
    asked: int = 0

    def sign(self, key: str = "one", *, algorithm: str = "RS256", **claims: Any) -> str:
        now = int(time.time())
        frame = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 60, "sub": "jane"}
        content = {name: value for name, value in {**frame, **claims}.items() if value is not None}
        return jwt.encode(content, self.keys[key], algorithm=algorithm, headers={"kid": key})

    async def serve(self, _: web.Request) -> web.Response:
        self.asked += 1
        served = [describe(key, name) for name, key in self.keys.items()] if self.served is None else self.served
        body = orjson.dumps({"keys": served}) if self.body is None else self.body
        headers = {"Location": "/other"} if self.status in (301, 302) else {}
        return web.Response(body=body, status=self.status, content_type="application/json", headers=headers)


@asynccontextmanager
async def open_issuer() -> AsyncIterator[Issuer]:
    """Serve an issuer's keys on loopback."""
    issuer = Issuer()
    app = web.Application()
    app.router.add_get("/keys", issuer.serve)
    async with TestServer(app) as server:
        issuer.url = str(server.make_url("/keys"))
        yield issuer
