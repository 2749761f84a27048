"""An inspection foretells what an import would join, and what it would refuse."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.index_keys import RANGE, Index
from shared.jobs.record import Job
from shared.jobs.summary_json import to_json
from shared.node_keys import KeyForm
from tests.gateway.conftest import Client, World, accepted_job
from tests.gateway.dialects.native.test_archives import ARCHIVES
from tests.support.archives.small import make_archive
from tests.support.memory.graph.looking_up import MemoryKeyLookup

KINDS = make_archive("Equal", "Odd", "Free", label="Kind", texts=("", "2"))

TWICE = make_archive("App", "App2", label="Kind", texts=("", "2"))
"""Both bring App2."""
SAME = make_archive("Same", label="Kind", texts=("", "2", ""))
MANY = make_archive("Many", "More", label="Kind", texts=[str(number) for number in range(120)])
LONG = make_archive("Fit", "Long", label="Kind", texts=("", "x" * (8164 - len("Fit"))))
"""A name of the first is as long as a range index takes."""


def hold_kinds(world: World) -> None:
    """Let the target hold what two applications of the archive bring, one of them with another property."""
    data = world.databases["target"]
    data.unique.append(KeyForm(label="Kind", properties=("name",)))
    data.add_node(["Application"], {"Name": "Owner"})
    for name in ("Equal", "Equal2"):
        data.add_node(["Owner", "Kind"], {"name": name})
    for name in ("Odd", "Odd2"):
        data.add_node(["Owner", "Kind"], {"name": name, "note": "secret"})
    world.archives.put("acme", "kinds.zip", KINDS)


@pytest.fixture
def target(world: World) -> World:
    hold_kinds(world)
    return world


async def inspect(
    client: Client, world: World, caller: str = "admin", *, archive: str = "kinds.zip", more: str = ""
) -> dict[str, Any]:
    response = await client.get(f"{ARCHIVES}/{archive}/inspect?database=target{more}", headers=world.as_(caller))
    assert response.status == 200, await response.text()
    return {each["name"]: each["joins"] for each in (await response.json())["conflicts"]}


async def test_it_says_for_each_application_what_is_joined_and_what_refused(client: Client, target: World) -> None:
    joins = await inspect(client, target)
    nothing = {"joined": 0, "unmarked": 0, "labels": {}, "refused": 0, "listed": [], "message": None}
    assert joins["Equal"] == nothing | {"joined": 2, "unmarked": 2, "labels": {"Kind": 2}}
    assert joins["Free"] == nothing
    odd = joins["Odd"]
    assert (odd["joined"], odd["labels"], odd["refused"], len(odd["listed"])) == (0, {}, 2, 2)
    assert odd["listed"][0] == {
        "application": "Odd",
        "labels": ["Kind"],
        "constraint": "(:Kind {name})",
        "key": {"name": {"type": "s", "text": "Odd"}},
        "reason": "differs",
        "properties": ["note"],
        "labels_differ": False,
        "nodes": [],
    }
    assert "secret" not in str(joins)


async def run(client: Client, world: World, *, dry_run: bool) -> Job:
    """Import what was inspected."""
    body = {"database": "target", "archive": "kinds.zip", "dry_run": dry_run}
    job = await accepted_job(client, world, "/api/v1/imports", body, "admin")
    await world.work()
    return await world.jobs.get(job.id)


async def test_it_says_what_a_dry_run_and_an_import_say(client: Client, target: World) -> None:
    joins = await inspect(client, target)
    foretold = to_json((await run(client, target, dry_run=True)).summary)["joins"]
    assert sum(each["joined"] for each in joins.values()) == foretold["joined"] == 2
    assert sum(each["refused"] for each in joins.values()) == foretold["refused"] == 2
    assert joins["Odd"]["listed"] == [{**each, "labels_differ": False, "nodes": []} for each in foretold["listed"]]
    failure = (await run(client, target, dry_run=False)).failure
    assert failure is not None
    assert (failure.code, failure.message) == ("KEY_TAKEN", joins["Odd"]["message"])


async def test_what_settings_call_shared_is_joined_though_it_differs(client: Client, target: World) -> None:
    target.databases["target"].shared_labels = ("Kind",)
    odd = (await inspect(client, target))["Odd"]
    assert (odd["joined"], odd["unmarked"], odd["labels"], odd["refused"]) == (2, 0, {"Kind": 2}, 0)


@pytest.mark.parametrize(
    ("more", "odd"),
    [
        ("&join_labels=Kind", (2, 0, 0)),
        ("&join_labels=Kind&join_labels=Other", (2, 0, 0)),
        ("&rename_labels=Kind=Sort", (0, 0, 0)),
        ("&rename_labels=Sort=Kind&rename_labels=Kind=Kind", (0, 0, 2)),
        (r"&rename_labels=a\=b=Kind&rename_labels=Kind=a=b", (0, 0, 0)),
    ],
)
async def test_it_minds_what_an_import_would_be_told(
    client: Client, target: World, more: str, odd: tuple[int, int, int]
) -> None:
    joins = (await inspect(client, target, more=more))["Odd"]
    assert (joins["joined"], joins["unmarked"], joins["refused"]) == odd


@pytest.mark.parametrize(
    "more", ["&join_labels=", "&rename_labels=Kind", "&rename_labels==a", "&rename_labels=a=", r"&rename_labels=a\=b"]
)
async def test_labels_of_another_form_are_refused(client: Client, target: World, more: str) -> None:
    response = await client.get(f"{ARCHIVES}/kinds.zip/inspect?database=target{more}", headers=target.as_("admin"))
    assert (response.status, (await response.json())["code"]) == (400, "INVALID_REQUEST")


async def test_an_application_that_is_there_is_judged_as_if_it_were_overwritten(client: Client, target: World) -> None:
    data = target.databases["target"]
    data.add_node(["Application"], {"Name": "Free"})
    data.add_node(["Free", "Kind"], {"name": "Free", "note": "older"})
    free = (await inspect(client, target))["Free"]
    assert (free["joined"], free["refused"]) == (0, 0)


async def test_what_two_applications_of_the_archive_bring_counts_too(client: Client, target: World) -> None:
    target.archives.put("acme", "kinds.zip", TWICE)
    joins = await inspect(client, target)
    assert [(each["joined"], each["unmarked"], each["refused"]) for each in joins.values()] == [(0, 0, 0), (1, 1, 0)]


async def test_the_two_nodes_that_have_one_key_are_named(client: Client, target: World) -> None:
    target.archives.put("acme", "kinds.zip", SAME)
    same = (await inspect(client, target))["Same"]
    assert [(each["reason"], each["nodes"]) for each in same["listed"]] == [("twice", [0, 2])]


async def test_who_may_not_import_is_told_nothing_of_what_the_target_holds(client: Client, target: World) -> None:
    body = {"database": "source", "applications": [{"name": "MyApp"}], "file_name": "own.zip"}
    await accepted_job(client, target, "/api/v1/exports", body, "user")
    await target.work()
    assert await inspect(client, target, "user", archive="own.zip") == {"MyApp": None}
    assert (await inspect(client, target, "admin", archive="own.zip"))["MyApp"]["joined"] == 0


async def test_the_work_ends_when_its_caller_leaves(
    client: Client, target: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def go_on_and_on(*_: object) -> Any:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    with monkeypatch.context() as patched:
        patched.setattr(MemoryKeyLookup, "find", go_on_and_on)
        leaving = asyncio.create_task(inspect(client, target))
        await asyncio.wait_for(begun.wait(), 5)
        leaving.cancel()
        await asyncio.wait_for(ended.wait(), 5)
    assert (await inspect(client, target))["Equal"]["joined"] == 2


async def test_a_hundred_refused_nodes_are_listed_and_one_of_each_application(client: Client, target: World) -> None:
    data = target.databases["target"]
    for name in ("Many", "More"):
        for number in range(120):
            data.add_node(["Kind"], {"name": f"{name}{number}", "note": "other"})
    target.archives.put("acme", "kinds.zip", MANY)
    joins = await inspect(client, target)
    assert [(each["refused"], len(each["listed"])) for each in joins.values()] == [(120, 100), (120, 1)]
    assert "119 more of its nodes" in joins["More"]["message"]
    foretold = to_json((await run(client, target, dry_run=True)).summary)["joins"]
    assert (foretold["refused"], len(foretold["listed"])) == (240, 100)


async def test_it_says_which_value_is_too_long_for_an_index(client: Client, world: World) -> None:
    index = Index(name="names", type=RANGE, entity="NODE", labels_or_types=("Kind",), properties=("name",))
    world.databases["target"].indexes.append(index)
    world.archives.put("acme", "long.zip", LONG)
    joins = await inspect(client, world, archive="long.zip")
    assert joins["Fit"]["message"] is None
    assert "Node 1 of 'Long'" in joins["Long"]["message"]
    assert (joins["Long"]["refused"], joins["Long"]["listed"]) == (0, [])
