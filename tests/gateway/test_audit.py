"""Each attempt to change something, to take an archive or to be let in has one line in the audit log."""

from __future__ import annotations

import pytest

from gateway.route import Access
from shared.adapters.valkey.audit import ValkeyAudit
from shared.adapters.valkey.client import open_valkey
from shared.adapters.valkey.namespaces import Namespace
from shared.errors import InvalidRequestError
from shared.ports.audit import AuditEntry
from shared.settings.process import Settings
from tests.gateway.conftest import CALLERS, Client, World
from tests.gateway.test_routes import ROUTES, path_of
from tests.support.least_rights import as_owner, make_user

DOWNLOADS = {"archives.download", "spark.file"}


@pytest.mark.parametrize("caller", CALLERS)
async def test_every_change_has_one_line_whoever_tries_it(client: Client, world: World, caller: str) -> None:
    headers = {**world.as_(caller), "x-tenant-name": "acme"}
    for route in ROUTES:
        if route.method == "HEAD":
            continue
        before = len(world.audit.entries)
        answer = await client.request(route.method, path_of(route), headers=headers, allow_redirects=False)
        new = world.audit.entries[before:]
        if route.method in {"GET", "OPTIONS"} and route.name not in DOWNLOADS:
            assert new == [], f"{route.name} only reads"
            continue
        assert [(each.action, each.status, each.surface) for each in new] == [
            (route.name, answer.status, route.surface)
        ]
        assert bool(new[0].code) == (answer.status >= 400)
        assert new[0].request_id == answer.headers["X-Request-ID"]
        is_let_in = route.access != Access.PUBLIC and new[0].code != "UNAUTHENTICATED"
        assert new[0].user == (caller if is_let_in else "")


async def test_a_line_tells_who_did_what_to_what(client: Client, world: World) -> None:
    body = {"database": "source", "applications": [{"name": "MyApp"}]}
    made = await client.post("/api/v1/exports", json=body, headers=world.as_("admin"))
    job = (await made.json())["id"]
    await client.patch(f"/api/v1/jobs/{job}", json={"status": "cancelled"}, headers=world.as_("admin"))
    created, cancelled = world.audit.entries
    assert (created.action, created.tenant, created.status) == ("exports.create", "acme", 202)
    assert created.target.endswith(f"/api/v1/jobs/{job}")
    assert (cancelled.action, cancelled.target, cancelled.address) == ("jobs.cancel", f"job_id={job}", "127.0.0.1")


async def test_who_is_not_let_in_has_a_line(client: Client, world: World) -> None:
    await client.get("/api/v1/jobs")
    await client.get("/api/v1/me", headers={"X-API-KEY": "s3cret"})
    assert [(each.action, each.code) for each in world.audit.entries] == [("login", "UNAUTHENTICATED")] * 2
    assert "s3cret" not in str(world.audit.entries)


async def test_a_token_in_a_path_is_not_told(client: Client, world: World) -> None:
    await client.get(path_of(next(each for each in ROUTES if each.name == "spark.file")).replace("x", "t0ken"))
    assert [each.action for each in world.audit.entries] == ["spark.file"]
    assert "t0ken" not in str(world.audit.entries)


async def test_administrators_read_their_tenants_log_and_super_administrators_all(client: Client, world: World) -> None:
    for caller in ("admin", "stranger"):
        await client.delete("/api/v1/archives/none.zip", headers=world.as_(caller))

    async def read(caller: str, **query: str) -> tuple[list[str], str | None]:
        answer = await client.get("/api/v1/audit", params=query, headers=world.as_(caller))
        told = await answer.json()
        return [each["tenant"] for each in told["entries"]], told["next_cursor"]

    assert await read("admin") == (["acme"], None)
    everything, _ = await read("root")
    assert sorted(everything) == ["acme", "globex"]
    first, cursor = await read("root", limit="1")
    assert cursor is not None
    assert first + (await read("root", limit="1", cursor=cursor))[0] == everything
    assert (await client.get("/api/v1/audit", headers=world.as_("user"))).status == 403
    assert (await client.get("/api/v1/audit?cursor=odd", headers=world.as_("admin"))).status == 400


def make_entry(tenant: str, action: str = "users.create") -> AuditEntry:
    return AuditEntry(
        action=action,
        user="ann",
        tenant=tenant,
        address="127.0.0.1",
        target="user=böb",
        surface="native",
        request_id="r",
        status=201,
        code="",
    )


@pytest.mark.parametrize(("server", "is_tagged"), [("valkey", True), ("valkey", False), ("cluster", True)])
async def test_valkey_keeps_entries_for_all_and_for_each_tenant(
    request: pytest.FixtureRequest, server: str, is_tagged: bool
) -> None:
    given = request.getfixturevalue(f"{server}_url")
    given = given if is_tagged else make_user(given, "ours", of_before=True)
    url = Settings(valkey_url=given, installation="ours").valkey_address
    async with open_valkey(url) as client:
        namespace = Namespace("ours", is_tagged=is_tagged)
        audit = ValkeyAudit(client, namespace=namespace, days=30)
        entries = [make_entry("acme", f"a{at}") for at in range(5)] + [make_entry("globex"), make_entry("")]
        for each in entries:
            await audit.append(each)
        assert [each.entry for each in (await audit.list(None)).records] == entries[::-1]
        assert [each.entry.tenant for each in (await audit.list("globex")).records] == ["globex"]
        page = await audit.list("acme", limit=3)
        rest = await audit.list("acme", limit=3, cursor=page.next_cursor)
        assert [each.entry.action for each in (*page.records, *rest.records)] == ["a4", "a3", "a2", "a1", "a0"]
        assert (rest.next_cursor, (await audit.list("nobody")).records) == (None, [])
        assert 0 < await client.pttl(namespace.key("audit:acme")) <= 30 * 86_400_000
        with pytest.raises(InvalidRequestError, match="Cursor"):
            await audit.list(None, cursor="+ - COUNT")


async def test_valkey_forgets_what_is_too_old(valkey_url: str) -> None:
    async with open_valkey(valkey_url) as client, open_valkey(as_owner(valkey_url)) as owner:
        for at in range(1, 500):  # a stream is cut a node at a time
            await owner.xadd("{ours}:audit", {"entry": "{}"}, id=f"{at}-1")
        await ValkeyAudit(client, namespace=Namespace("ours"), days=1).append(make_entry("acme"))
        assert await owner.xlen("{ours}:audit") < 150
