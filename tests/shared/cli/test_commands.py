"""Commands do what they say, and end with the documented codes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from shared.identity import KnownKey, Role, Tenant, hash_key, is_well_formed
from shared.resources import open_identity
from shared.settings import Settings
from tests.support.command_line import Ending, call


@pytest.fixture
def environ(valkey_url: str, tmp_path: Path) -> Mapping[str, str]:
    return {"GRAPHFERRY_VALKEY_URL": valkey_url, "GRAPHFERRY_DATA_DIR": str(tmp_path)}


def find_key(environ: Mapping[str, str], text: str) -> KnownKey | None:
    async def find() -> KnownKey | None:
        async with open_identity(Settings.from_environ(environ)) as identity:
            return await identity.find_key(hash_key(text))

    return asyncio.run(find())


def list_tenants(environ: Mapping[str, str]) -> Sequence[Tenant]:
    async def read() -> Sequence[Tenant]:
        async with open_identity(Settings.from_environ(environ)) as identity:
            return await identity.list_tenants()

    return asyncio.run(read())


@pytest.mark.engines
def test_a_tenant_is_created_then_changed(environ: Mapping[str, str]) -> None:
    assert call(environ, "tenants", "create", "acme", "--databases", "source, target,source").code == 0
    (tenant,) = list_tenants(environ)
    assert (tenant.name, tenant.databases) == ("acme", ("source", "target"))
    assert call(environ, "tenants", "create", "acme") == Ending(code=0, output="acme: no databases\n", messages="")
    assert [each.databases for each in list_tenants(environ)] == [()]


@pytest.mark.engines
def test_a_key_is_printed_once_and_works(environ: Mapping[str, str]) -> None:
    call(environ, "tenants", "create", "acme", "--databases", "source")
    roles = ("--role", "ADMIN", "supervisor:pf", "--role", "importer")
    ending = call(environ, "keys", "create", "--tenant", "acme", "--user", "ann", *roles)
    text = ending.output.strip()
    assert (ending.code, ending.output, ending.messages) == (0, f"{text}\n", "")
    assert is_well_formed(text)
    found = find_key(environ, text)
    assert found is not None
    key = found.key
    assert (key.tenant, key.user, key.last_four, key.expires) == ("acme", "ann", text[-4:], None)
    assert found.user.roles == {Role.ADMIN, Role.SUPERVISOR, Role.IMPORTER}


@pytest.mark.engines
def test_a_key_as_json_that_expires(environ: Mapping[str, str]) -> None:
    call(environ, "tenants", "create", "acme")
    ending = call(environ, "keys", "create", "--tenant", "acme", "--user", "bob", "--expires-days", "7", "--json")
    printed = orjson.loads(ending.output)
    assert {**printed, "key": "", "created": "", "expires": ""} == {
        "key": "", "tenant": "acme", "user": "bob", "roles": [], "created": "", "expires": ""
    }  # fmt: skip
    found = find_key(environ, printed["key"])
    assert found is not None
    assert found.key.expires is not None
    assert abs(found.key.expires - datetime.now(UTC) - timedelta(days=7)) < timedelta(minutes=1)


@pytest.mark.engines
def test_a_super_admin_needs_no_tenant(environ: Mapping[str, str]) -> None:
    ending = call(environ, "keys", "create", "--user", "root", "--role", "SUPER_ADMIN")
    assert ending.code == 0
    assert find_key(environ, ending.output.strip()) is not None


@pytest.mark.engines
def test_an_unknown_tenant_fails(environ: Mapping[str, str]) -> None:
    ending = call(environ, "keys", "create", "--tenant", "nobody", "--user", "ann")
    assert (ending.code, ending.output) == (1, "")
    assert "'nobody' is unknown" in ending.messages


@pytest.mark.parametrize(
    ("tokens", "named"),
    [
        (["keys", "create", "--tenant", "acme"], "--user"),
        (["keys", "create", "--user", "ann"], "--tenant"),
        (["keys", "create", "--user", "a:b", "--tenant", "acme"], "a:b"),
        (["keys", "create", "--user", "ann", "--tenant", "acme", "--role", "king"], "king"),
        (["keys", "create", "--user", "ann", "--tenant", "acme", "--expires-days", "0"], "--expires-days"),
        (["keys", "create", "--user", "ann", "--tenant", "acme", "--colour", "red"], "--colour"),
        (["tenants", "create", "a/b"], "a/b"),
        (["tenants", "create"], "NAME"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_usage_is_code_2_and_named(tokens: Sequence[str], named: str) -> None:
    ending = call({}, *tokens)
    assert (ending.code, ending.output) == (2, "")
    assert named in ending.messages


def test_wrong_settings_are_code_2_and_named() -> None:
    ending = call({"GRAPHFERRY_PORT": "many"}, "tenants", "create", "acme")
    assert ending.code == 2
    assert "GRAPHFERRY_PORT" in ending.messages


def test_a_store_out_of_reach_is_code_5(tmp_path: Path) -> None:
    environ = {"GRAPHFERRY_VALKEY_URL": "redis://127.0.0.1:1/0", "GRAPHFERRY_DATA_DIR": str(tmp_path)}
    ending = call(environ, "tenants", "create", "acme")
    assert ending.code == 5
    assert "does not answer" in ending.messages


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_process_takes_over_with_its_exit_code(command: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "shared.cli", command],
        env={"GRAPHFERRY_PORT": "many", "GRAPHFERRY_MAX_JOBS": "9"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert "GRAPHFERRY_PORT" in ended.stderr
