"""The first key is made once, or again by force."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from shared.adapters.valkey.audit import ValkeyAudit
from shared.api_keys import KnownKey, hash_key, is_well_formed
from shared.errors import StoreUnavailableError
from shared.identity import Role, Tenant
from shared.ports.audit import AuditRecord
from shared.ports.identity import IdentityStore
from shared.resources import open_identity, open_resources
from shared.settings.process import Settings
from tests.support.command_line import call
from tests.support.keys import admit, make_key

pytestmark = pytest.mark.engines


@pytest.fixture
def environ(valkey_url: str, tmp_path: Path) -> Mapping[str, str]:
    return {"GRAPHFERRY_VALKEY_URL": valkey_url, "GRAPHFERRY_DATA_DIR": str(tmp_path)}


def bootstrap(environ: Mapping[str, str], *words: str) -> tuple[int, str, str]:
    ending = call(environ, "bootstrap", *words)
    return ending.code, ending.output.strip(), ending.messages


def find(environ: Mapping[str, str], text: str) -> KnownKey | None:
    async def look() -> KnownKey | None:
        async with open_identity(Settings.from_environ(environ)) as identity:
            return await identity.find_key(hash_key(text))

    return asyncio.run(look())


def test_the_first_key_opens_everything(environ: Mapping[str, str]) -> None:
    code, text, messages = bootstrap(environ)
    assert (code, messages) == (0, "")
    assert is_well_formed(text)
    known = find(environ, text)
    assert known is not None
    assert (known.user.tenant, known.user.name, known.user.roles) == ("", "root", frozenset({Role.SUPER_ADMIN}))
    assert known.key.expires is None


def test_the_audit_log_tells_of_it_once(environ: Mapping[str, str]) -> None:
    bootstrap(environ, "--user", "boss")
    bootstrap(environ)

    async def read() -> Sequence[AuditRecord]:
        async with open_resources(Settings.from_environ(environ)) as resources:
            return (await resources.audit.list(None)).records

    (record,) = asyncio.run(read())
    told = (record.entry.action, record.entry.target, record.entry.address, record.entry.code)
    assert told == ("bootstrap", "user=boss", socket.gethostname(), "")


def test_a_key_that_is_made_is_shown_whatever_the_audit_log_does(
    environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def be_away(*_: object) -> None:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(ValkeyAudit, "append", be_away)
    code, text, messages = bootstrap(environ)
    assert (code != 0, "The key is good, but the audit log does not tell of it. away" in messages) == (True, True)
    assert find(environ, text) is not None


def test_a_second_is_refused_unless_forced(environ: Mapping[str, str]) -> None:
    _, first, _ = bootstrap(environ, "--user", "boss")
    code, text, messages = bootstrap(environ)
    assert (code, text) == (1, "")
    assert "'boss'" in messages
    assert first not in messages
    code, second, _ = bootstrap(environ, "--force")
    assert code == 0
    assert find(environ, first) is not None
    assert find(environ, second) is not None


def test_force_lets_a_disabled_one_in_again(environ: Mapping[str, str]) -> None:
    bootstrap(environ)

    async def disable(identity: IdentityStore) -> None:
        await identity.change_user("", "root", lambda user: replace(user, disabled=True))

    _with_identity(environ, disable)
    _, text, _ = bootstrap(environ, "--force")
    known = find(environ, text)
    assert known is not None
    assert not known.user.disabled


def test_keys_of_tenants_do_not_count(environ: Mapping[str, str]) -> None:
    async def admit_one(identity: IdentityStore) -> None:
        await identity.create_tenant(Tenant(name="acme", databases=()))
        await admit(identity, make_key())

    _with_identity(environ, admit_one)
    assert bootstrap(environ)[0] == 0


def _with_identity(environ: Mapping[str, str], work: Callable[[IdentityStore], Awaitable[None]]) -> None:
    async def run() -> None:
        async with open_identity(Settings.from_environ(environ)) as identity:
            await work(identity)

    asyncio.run(run())
