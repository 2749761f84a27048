"""OAuth client credentials give a token that is as good as the key, for as long as the key is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from aiohttp import ClientResponse, encode_basic_auth

from tests.gateway.conftest import StartGateway
from tests.gateway.dialects.spark.conftest import BASE, Spark, read, refusal
from tests.support.keys import make_key

PATH = "/auth/realms/acme/protocol/openid-connect/token"


async def ask(spark: Spark, path: str = PATH, **changes: str) -> ClientResponse:
    form = {
        "client_id": "user",
        "client_secret": spark.world.keys["user"],
        "grant_type": "client_credentials",
        **changes,
    }
    return await spark.client.post(path, data=form, headers={"Authorization": "Bearer None", "x-tenant-name": "acme"})


async def listing(spark: Spark, token: str, tenant: str = "acme", header: str = "Authorization") -> ClientResponse:
    value = f"Bearer {token}" if header == "Authorization" else token
    return await spark.client.get(f"/{tenant}/api/v4/export/status", headers={header: value})


async def test_a_token_is_given_and_accepted(spark: Spark) -> None:
    body = await read(await ask(spark))
    token = body.pop("access_token")
    assert body == {"expires_in": 300, "token_type": "Bearer"}
    assert (await listing(spark, token)).status == 200
    await refusal(await listing(spark, token, "globex"), 404, "NOT_FOUND")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["sub"], claims["realm"], claims["exp"] - claims["iat"]) == ("user", "acme", 300)
    assert spark.world.keys["user"] not in token


async def test_a_token_has_the_rights_of_its_key(spark: Spark) -> None:
    own = await read(await spark.export(services=["source/MyApp"], caller="admin"))
    for user, status in (("user", 404), ("supervisor", 200)):
        body = await read(await ask(spark, client_id=user, client_secret=spark.world.keys[user]))
        headers = {"Authorization": f"Bearer {body['access_token']}"}
        assert (await spark.client.get(f"{BASE}/export/{own['id']}/status", headers=headers)).status == status


async def test_a_token_ends_with_its_key(spark: Spark) -> None:
    token = (await read(await ask(spark)))["access_token"]
    over = make_key("acme", text=spark.world.keys["user"], user="user", expires=datetime.now(UTC))
    await spark.world.identity.create_key(over)
    await refusal(await listing(spark, token), 401, "UNAUTHENTICATED")


async def test_a_token_ends_with_its_time(spark: Spark, start_gateway: StartGateway) -> None:
    token = (await read(await ask(spark)))["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    secret = spark.world.settings.signing_file.read_bytes()
    stale = jwt.encode({**claims, "exp": claims["iat"] - 11}, secret, algorithm="HS256")
    await refusal(await listing(spark, stale), 401, "UNAUTHENTICATED")
    other = replace(spark, client=await start_gateway(spark.world.resources()))
    assert (await listing(other, token)).status == 200


@pytest.mark.parametrize("changes", [{"alg": "none"}, {"aud": "file"}, {"iss": "other"}, {"key": "0" * 64}])
async def test_forged_tokens_are_refused(spark: Spark, changes: dict[str, Any]) -> None:
    claims = jwt.decode((await read(await ask(spark)))["access_token"], options={"verify_signature": False})
    algorithm = changes.pop("alg", "HS256")
    secret = "" if algorithm == "none" else spark.world.settings.signing_file.read_bytes()
    forged = jwt.encode({**claims, **changes}, secret, algorithm=algorithm)
    await refusal(await listing(spark, forged), 401, "UNAUTHENTICATED")


async def test_a_token_is_no_key(spark: Spark) -> None:
    token = (await read(await ask(spark)))["access_token"]
    await refusal(await listing(spark, token, header="X-API-KEY"), 401, "UNAUTHENTICATED")
    await refusal(await ask(spark, client_secret=token), 401, "UNAUTHENTICATED")


async def test_wrong_credentials_are_refused_and_counted(spark: Spark) -> None:
    wrong = [{"client_id": "admin"}, {"client_secret": spark.world.keys["admin"]}, {"client_secret": "x"}]
    for changes in wrong:
        response = await ask(spark, **changes)
        await refusal(response, 401, "UNAUTHENTICATED")
        assert response.headers["WWW-Authenticate"]
    await refusal(await ask(spark, client_secret="x"), 429, "TOO_MANY_FAILED_LOGINS")
    assert (await ask(spark)).status == 200


async def test_another_realm_is_refused(spark: Spark) -> None:
    await refusal(await ask(spark, PATH.replace("acme", "globex")), 401, "UNAUTHENTICATED")


@pytest.mark.parametrize("user", ["user", "us%65r"])
async def test_credentials_may_come_as_basic(spark: Spark, user: str) -> None:
    basic = {"Authorization": encode_basic_auth(user, spark.world.keys["user"])}
    grant = {"grant_type": "client_credentials"}
    token = (await read(await spark.client.post(PATH, data=grant, headers=basic)))["access_token"]
    assert (await listing(spark, token)).status == 200
    other = {**grant, "client_id": "user", "client_secret": "x"}
    await refusal(await spark.client.post(PATH, data=other, headers=basic), 401, "UNAUTHENTICATED")


async def test_a_wrong_form_is_refused_whole(spark: Spark) -> None:
    response = await spark.client.post(PATH, data={"grant_type": "password"})
    body = await refusal(response, 400, "INVALID_REQUEST")
    assert [each.partition(":")[0] for each in body["details"]] == ["client_id", "client_secret", "grant_type"]
    assert (await spark.client.post(PATH, data=b"\xff\xfe=1")).status == 400
