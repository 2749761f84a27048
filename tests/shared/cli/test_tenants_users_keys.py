"""Tenants, users and keys are looked after by commands."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from shared.api_keys import is_well_formed
from shared.identity import Role
from tests.shared.cli.conftest import Desk
from tests.support.command_line import CommandLine


async def test_a_tenant_is_created_changed_listed_and_deleted(desk: Desk) -> None:
    root = desk.as_("root")
    made = await root("tenants", "create", "paper", "--databases", "source, target,source", "--waiting-jobs", "3")
    assert made.code == 0, made.messages
    (shown,) = (await root("tenants", "show", "paper", "--json")).lines
    assert (shown["databases"], shown["limits"]["waiting_jobs"]) == (["source", "target"], 3)
    await root("tenants", "change", "paper", "--max-archive-bytes", "1000", "--catalogue-database", "target")
    await root("tenants", "change", "paper", "--max-total-bytes", "5000", "--keep-archives-days", "30")
    (shown,) = (await root("tenants", "show", "paper", "--json")).lines
    first, later = {"max_archive_bytes": 1000, "waiting_jobs": 3}, {"max_total_bytes": 5000, "keep_archives_days": 30}
    assert shown["limits"] == first | later
    assert (shown["databases"], shown["catalogue_database"]) == (["source", "target"], "target")
    await root("tenants", "change", "paper", "--keep-archives-days", "0")
    (shown,) = (await root("tenants", "show", "paper", "--json")).lines
    assert shown["limits"] == {**first, "max_total_bytes": 5000, "keep_archives_days": None}
    listed = (await root("tenants", "list", "--json")).lines
    assert [each["name"] for each in listed] == ["acme", "globex", "paper"]
    deleted = await root("tenants", "delete", "paper", "--yes")
    assert (deleted.code, deleted.output) == (0, "paper\n")
    assert (await root("tenants", "show", "paper")).code == 1


async def test_limits_that_are_changed_at_once_are_all_kept(desk: Desk) -> None:
    root = desk.as_("root")
    for number in range(1, 6):
        changes = ("--max-archive-bytes", str(number)), ("--waiting-jobs", str(number))
        endings = await asyncio.gather(*(root("tenants", "change", "globex", *change) for change in changes))
        assert [ending.code for ending in endings] == [0, 0]
        (shown,) = (await root("tenants", "show", "globex", "--json")).lines
        assert (shown["limits"]["max_archive_bytes"], shown["limits"]["waiting_jobs"]) == (number, number)


async def test_the_databases_to_give_are_listed(desk: Desk) -> None:
    ending = await desk.as_("root")("tenants", "databases")
    assert set(ending.output.split()) == {"NAME", "private", "source", "target"}


async def test_tenants_are_for_a_super_admin(desk: Desk) -> None:
    assert (await desk.as_("admin")("tenants", "create", "paper")).code == 4


async def test_a_user_is_created_changed_disabled_and_deleted(desk: Desk) -> None:
    admin = desk.as_("admin")
    made = await admin("users", "create", "zoe", "--role", "importer", "supervisor:pf", "--name", "Zoë", "--json")
    assert made.code == 0, made.messages
    (user,) = made.lines
    assert (user["user"], user["name"], user["roles"]) == ("zoe", "Zoë", ["importer", "supervisor:pf"])
    await admin("users", "change", "zoe", "--role", "ADMIN")
    (user,) = (await admin("users", "show", "zoe", "--json")).lines
    assert (user["name"], user["roles"], user["disabled"]) == ("Zoë", ["ADMIN"], False)
    await admin("users", "change", "zoe", "--no-roles", "--disabled")
    (user,) = (await admin("users", "show", "zoe", "--json")).lines
    assert (user["roles"], user["disabled"]) == ([], True)
    assert "zoe" in (await admin("users", "list")).output
    assert (await admin("users", "delete", "zoe", "--yes")).code == 0
    assert (await admin("users", "show", "zoe")).code == 1


async def test_roles_that_contradict_each_other_are_2(desk: Desk) -> None:
    assert (await desk.as_("admin")("users", "change", "zoe", "--role", "ADMIN", "--no-roles")).code == 2
    assert (await desk.as_("admin")("users", "create", "zoe", "--role", "king")).code == 2


async def test_a_key_is_printed_bare_works_rotates_and_ends(desk: Desk) -> None:
    admin = desk.as_("admin")
    made = await admin("keys", "create", "--user", "importer", "--name", "CI", "--expires-days", "7")
    text = made.output.strip()
    assert (made.code, made.output) == (0, f"{text}\n")
    assert is_well_formed(text)
    assert text not in made.messages
    (me,) = (await CommandLine.at(desk.proxy.url, text, desk.home)("whoami", "--json")).lines
    assert me["user"] == "importer"
    listed = (await admin("keys", "list", "--user", "*", "--json")).lines
    (key,) = [each for each in listed if each["name"] == "CI"]
    left = datetime.fromisoformat(key["expires"]) - datetime.now(UTC)
    assert abs(left - timedelta(days=7)) < timedelta(minutes=1)
    (again,) = (await admin("keys", "rotate", key["id"], "--json")).lines
    assert (await CommandLine.at(desk.proxy.url, text, desk.home)("whoami")).code == 4
    newer = CommandLine.at(desk.proxy.url, again["key"], desk.home)
    assert (await newer("whoami")).code == 0
    assert (await newer("keys", "revoke", again["id"], "--yes")).code == 0
    assert (await newer("whoami")).code == 4


async def test_one_sees_ones_own_keys(desk: Desk) -> None:
    (key,) = (await desk.as_("user")("keys", "list", "--json")).lines
    assert key["last_four"] == desk.world.keys["user"][-4:]
    assert (await desk.as_("user")("keys", "list", "--user", "admin")).code == 4


async def test_an_unknown_user_gets_no_key(desk: Desk) -> None:
    ending = await desk.as_("admin")("keys", "create", "--user", "nobody")
    assert (ending.code, ending.output) == (1, "")


async def test_roles_are_the_wires_own_words(desk: Desk) -> None:
    for role in set(Role) - {Role.SUPER_ADMIN}:
        (user,) = (await desk.as_("admin")("users", "create", f"u-{role.name}", "--role", role, "--json")).lines
        assert user["roles"] == [role]
