"""Tokens of an outside issuer let their users in, and nothing else does that looks like one."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from aiohttp import ClientResponse
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.identity import Role
from tests.gateway.conftest import Client, StartGateway, World
from tests.support.issuers import AUDIENCE, ISSUER, Issuer, make_curve_key, make_rsa_key, open_issuer
from tests.support.keys import make_user

ME = "/api/v1/me"
JOBS = "/api/v1/jobs"


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with open_issuer() as opened:
        yield opened


async def start(world: World, start_gateway: StartGateway, issuer: Issuer, **changes: Any) -> Client:
    named = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_jwks_url": issuer.url, **changes}
    settings = world.settings.model_validate({**world.settings.model_dump(), **named})
    return await start_gateway(replace(world, settings=settings).resources())


@pytest.fixture
async def client(world: World, start_gateway: StartGateway, issuer: Issuer) -> Client:
    return await start(world, start_gateway, issuer)


LONG_AGO = 1_000_000_000
FAR_AHEAD = 32_503_680_000
"""Seconds; the test may run long after it was collected."""


async def get(client: Client, token: str, path: str = ME, **headers: str) -> ClientResponse:
    return await client.get(path, headers={"Authorization": f"Bearer {token}", **headers})


async def test_a_good_token_lets_its_user_in(client: Client, issuer: Issuer) -> None:
    response = await get(client, issuer.sign(tenant="acme", roles=["importer", "unknown", "SUPER_ADMIN"]))
    body = await response.json()
    assert response.status == 200, body
    assert (body["user"], body["tenant"], body["tenants"], body["key"]) == ("jane", "acme", ["acme"], None)
    assert (body["roles"], body["databases"]) == (["importer"], ["source", "target"])
    assert issuer.asked == 1


async def test_keys_still_let_in(client: Client, world: World, issuer: Issuer) -> None:
    for headers in (world.as_("user"), {"Authorization": f"Bearer {world.keys['user']}"}):
        assert (await client.get(ME, headers=headers)).status == 200
    assert issuer.asked == 0


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"exp": LONG_AGO},
        {"exp": None},
        {"nbf": FAR_AHEAD},
        {"sub": None},
        {"sub": ""},
        {"sub": "*"},
        {"sub": "a\nb"},
        {"tenant": None},
        {"tenant": "nobody"},
        {"tenant": 7},
    ],
)
async def test_a_token_must_be_right_in_every_claim(client: Client, issuer: Issuer, claims: dict[str, Any]) -> None:
    response = await get(client, issuer.sign(**{"tenant": "acme", **claims}))
    assert (response.status, (await response.json())["code"]) == (401, "UNAUTHENTICATED")


def encode(part: dict[str, Any] | bytes) -> str:
    content = part if isinstance(part, bytes) else orjson.dumps(part)
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


async def test_confused_algorithms_are_refused(client: Client, issuer: Issuer) -> None:
    _, claims, signature = issuer.sign(tenant="acme").split(".")
    public = issuer.keys["one"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    forged = []
    for algorithm in ("none", "None", "HS256", "HS512", "ES256", "RS512"):
        head = encode({"alg": algorithm, "typ": "JWT", "kid": "one"})
        mac = hmac.new(public, f"{head}.{claims}".encode(), hashlib.sha256).digest()
        forged += [f"{head}.{claims}.{each}" for each in ("", signature, encode(mac))]
    bare = encode({"typ": "JWT", "kid": "one"})
    forged += [f"{bare}.{claims}.{signature}", f"{encode({'alg': ['RS256'], 'kid': 'one'})}.{claims}.{signature}"]
    for token in forged:
        assert (await get(client, token)).status in (401, 429), token
    assert (await get(client, issuer.sign(tenant="acme"))).status == 200


async def test_another_signature_is_refused(client: Client, issuer: Issuer) -> None:
    other = Issuer(keys={"one": make_rsa_key()})
    head, claims, signature = issuer.sign(tenant="acme").split(".")
    changed = encode({**orjson.loads(base64.urlsafe_b64decode(claims + "==")), "roles": ["ADMIN"]})
    for token in (other.sign(tenant="acme"), f"{head}.{changed}.{signature}", f"{head}.{claims}.", "a.b.c", "x"):
        assert (await get(client, token)).status in (401, 429)


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_a_key_that_is_too_short_is_refused(client: Client, issuer: Issuer) -> None:
    issuer.keys["one"] = make_rsa_key(1024)
    assert (await get(client, issuer.sign(tenant="acme"))).status == 401


async def test_a_bad_token_counts_as_a_failed_login(client: Client, issuer: Issuer) -> None:
    statuses = [(await get(client, issuer.sign(tenant="nobody"))).status for _ in range(4)]
    assert statuses == [401, 401, 401, 429]
    assert (await get(client, issuer.sign(tenant="acme"))).status == 200


async def test_an_issuer_that_is_away_is_told_as_such(client: Client, issuer: Issuer) -> None:
    issuer.status = 500
    response = await get(client, issuer.sign(tenant="acme"))
    assert (response.status, (await response.json())["code"]) == (503, "ISSUER_UNAVAILABLE")
    assert response.headers["Retry-After"]


async def test_keys_rotate(client: Client, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.access.issuer_keys.PAUSE_SECONDS", 0.0)
    assert (await get(client, issuer.sign(tenant="acme"))).status == 200
    issuer.keys["two"] = make_rsa_key()
    assert (await get(client, issuer.sign("two", tenant="acme"))).status == 200
    issuer.served = []
    assert (await get(client, issuer.sign("two", tenant="acme"))).status == 200
    assert issuer.asked == 2


async def test_settings_name_claims_roles_and_algorithms(
    world: World, start_gateway: StartGateway, issuer: Issuer
) -> None:
    issuer.keys["curve"] = make_curve_key()
    client = await start(
        world,
        start_gateway,
        issuer,
        jwt_algorithms=("ES256",),
        jwt_user_claim="preferred_username",
        jwt_tenant_claim="https://ferry.example/tenant",
        jwt_roles_claim="realm_access.roles",
        jwt_roles={"boss": "ADMIN", "root": "SUPER_ADMIN"},
    )
    claims: dict[str, Any] = {
        "preferred_username": "urn:jane",
        "https://ferry.example/tenant": "acme",
        "realm_access": {"roles": ["boss", "importer"]},
    }
    body = await (await get(client, issuer.sign("curve", algorithm="ES256", **claims))).json()
    assert (body["user"], body["tenant"], body["roles"]) == ("urn:jane", "acme", ["ADMIN"])
    assert (await get(client, issuer.sign(**claims))).status == 401
    claims = {"preferred_username": "top", "realm_access": {"roles": "root other"}}
    body = await (await get(client, issuer.sign("curve", algorithm="ES256", **claims))).json()
    assert (body["tenant"], body["tenants"], body["roles"]) == (None, ["acme", "globex"], ["SUPER_ADMIN"])


async def test_a_user_of_several_tenants_names_one(client: Client, issuer: Issuer) -> None:
    token = issuer.sign(tenant=["globex", "acme", "gone"], roles="ADMIN")
    assert (await get(client, token, JOBS)).status == 400
    for name in ("acme", "globex"):
        assert (await get(client, token, JOBS, **{"x-tenant-name": name})).status == 200
        assert (await get(client, token, f"/{name}/api/v4/export/status")).status == 200
    assert (await get(client, token, JOBS, **{"x-tenant-name": "gone"})).status == 404
    assert (await (await get(client, token)).json())["tenants"] == ["acme", "globex"]


async def test_who_is_disabled_here_stays_out(client: Client, world: World, issuer: Issuer) -> None:
    jane = make_user("acme", name="jane", roles={Role.ADMIN})
    await world.identity.create_user(jane)
    body = await (await get(client, issuer.sign(tenant="acme"))).json()
    assert body["roles"] == []  # those of the token count
    await world.identity.change_user("acme", "jane", lambda jane: replace(jane, disabled=True))
    assert (await get(client, issuer.sign(tenant="acme"))).status == 401
    assert (await get(client, issuer.sign(tenant=["acme", "globex"]))).status == 200


async def test_no_form_of_a_name_leads_around_that(client: Client, world: World, issuer: Issuer) -> None:
    composed, decomposed = "Jos\u00e9", "Jose\u0301"
    for stored in (composed, decomposed):
        await world.identity.create_user(replace(make_user("acme", name=stored), disabled=True))
        for sub in (composed, decomposed):
            body = await (await get(client, issuer.sign(sub=sub, tenant=["acme", "globex"]))).json()
            assert body["tenants"] == ["globex"]
        await world.identity.remove_user("acme", stored)
    body = await (await get(client, issuer.sign(sub=decomposed, tenant="acme"))).json()
    assert body["user"] == composed


async def test_a_name_of_the_issuer_opens_no_keys_of_ours(client: Client, world: World, issuer: Issuer) -> None:
    for token in (issuer.sign(sub="admin", tenant="acme"), issuer.sign(sub="root", tenant=["acme", "globex"])):
        assert await (await get(client, token, "/api/v1/keys")).json() == {"keys": []}
        bearer = {"Authorization": f"Bearer {token}"}
        assert (await client.post("/api/v1/keys", json={}, headers=bearer)).status == 403
        for tenant in ("acme", ""):
            for key in await world.identity.list_keys(tenant):
                assert (await client.delete(f"/api/v1/keys/{key.id}", headers=bearer)).status == 404
                assert (await client.post(f"/api/v1/keys/{key.id}/rotate", headers=bearer)).status == 404
    assert (await client.get(ME, headers=world.as_("root"))).status == 200


async def test_a_grant_may_name_a_user_of_the_issuer(client: Client, world: World) -> None:
    body = {"database": "source", "application": "MyApp", "user": "jane"}
    assert (await client.post("/api/v1/grants", json=body, headers=world.as_("admin"))).status == 201


@pytest.mark.parametrize(
    ("changes", "location"),
    [
        ({}, f"{ISSUER}/protocol/openid-connect/token"),
        ({"jwt_token_url": "https://a.example/t"}, "https://a.example/t"),
    ],
)
async def test_tokens_are_given_by_the_issuer(
    world: World, start_gateway: StartGateway, issuer: Issuer, changes: dict[str, str], location: str
) -> None:
    client = await start(world, start_gateway, issuer, **changes)
    response = await client.post(
        "/auth/realms/acme/protocol/openid-connect/token", data={"client_id": "x"}, allow_redirects=False
    )
    assert (response.status, response.headers["Location"]) == (307, location)
