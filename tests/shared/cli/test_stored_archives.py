"""What an import would meet is told before it is begun."""

from __future__ import annotations

import asyncio
import shutil
from types import SimpleNamespace

import pytest

from gateway.dialects.native.archives import endpoints
from shared.jobs.record import JobKind
from shared.jobs.requests import ImportRequest
from tests.gateway.dialects.native.test_inspected_joins import KINDS, hold_kinds
from tests.shared.cli.conftest import Desk


@pytest.mark.parametrize("words", [("archives", "inspect"), ("import", "--stored", "--no-wait")])
async def test_taken_keys_are_told(desk: Desk, words: tuple[str, ...]) -> None:
    hold_kinds(desk.world)
    ending = await desk.as_("admin")(*words, "kinds.zip", "--database", "target")
    assert ending.code == 0
    assert "Equal: 2 nodes would be joined to those that have their keys (2 Kind)." in ending.messages
    assert "warning: an import would be refused: A node of 'Odd' with labels ['Kind']" in ending.messages
    assert "differs in 'note'" in ending.messages


@pytest.mark.parametrize("words", [("archives", "inspect"), ("import", "--stored", "--no-wait")])
async def test_content_that_is_the_catalogues_is_told(desk: Desk, words: tuple[str, ...]) -> None:
    desk.world.databases["target"].add_node(["Application"], {"Name": "Kind"})
    desk.world.archives.put("acme", "kinds.zip", KINDS)
    ending = await desk.as_("admin")(*words, "kinds.zip", "--database", "target")
    assert ending.code == 0
    assert "warning: an import would be refused: 2 nodes of 'Odd' carry the label 'Kind'" in ending.messages


async def work_when_asked(desk: Desk) -> None:
    while not desk.jobs:  # noqa: ASYNC110 - the store tells nobody
        await asyncio.sleep(0.01)
    await desk.world.work()


@pytest.mark.parametrize("more", [(), ("--json",)])
async def test_what_takes_long_is_printed_just_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    hold_kinds(desk.world)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1))
    words = ("archives", "inspect", "kinds.zip", "--database", "target", *more)
    answered = await desk.as_("admin")(*words)
    monkeypatch.setattr(endpoints, "read_patience", lambda *_: 0)
    working = asyncio.create_task(work_when_asked(desk))
    worked = await desk.as_("admin")(*words)
    await working
    (job,) = desk.jobs
    assert job.kind is JobKind.INSPECT
    assert (worked.code, worked.output) == (answered.code, answered.output) == (0, answered.output)
    assert worked.messages == f"That takes long, so job {job.id} does it.\n{answered.messages}"


async def test_without_a_database_nothing_is_told(desk: Desk) -> None:
    hold_kinds(desk.world)
    ending = await desk.as_("admin")("archives", "inspect", "kinds.zip")
    assert (ending.code, ending.messages) == (0, "")


async def test_labels_are_minded_as_the_import_minds_them(desk: Desk) -> None:
    hold_kinds(desk.world)
    labels = ("--join-labels", "Kind", "--rename-label", "Other=Kind")
    for words in (("archives", "inspect"), ("import", "--stored", "--no-wait")):
        ending = await desk.as_("admin")(*words, "kinds.zip", "--database", "target", *labels)
        assert ending.code == 0
        assert "Odd: 2 nodes would be joined" in ending.messages
        assert "refused" not in ending.messages


async def test_a_label_with_an_equals_sign_can_be_renamed(desk: Desk) -> None:
    hold_kinds(desk.world)
    words = ("import", "--stored", "--no-wait", "kinds.zip", "--database", "target")
    ending = await desk.as_("admin")(*words, "--rename-label", r"a\=b=Kind=x", "--rename-label", "Kind=y")
    assert ending.code == 0, ending.messages
    (job,) = desk.jobs
    assert isinstance(job.request, ImportRequest)
    assert job.request.rename_labels == {"a=b": "Kind=x", "Kind": "y"}
    refused = await desk.as_("admin")(*words, "--rename-label", r"a\=b")
    assert (refused.code, "LABEL=OTHER" in refused.messages) == (2, True)


async def test_an_archive_is_pinned_and_unpinned(desk: Desk) -> None:
    desk.world.archives.put("acme", "kinds.zip", KINDS)
    admin = desk.as_("admin")
    ending = await admin("archives", "pin", "kinds.zip")
    assert (ending.code, ending.output) == (0, "kinds.zip\n")
    assert (await admin("archives", "list")).output.splitlines()[1].split()[-1] == "yes"
    refused = await admin("archives", "delete", "kinds.zip", "--yes")
    assert (refused.code, "unpin it first" in refused.messages) == (1, True)
    (told,) = (await admin("archives", "unpin", "kinds.zip", "--json")).lines
    assert (told["name"], told["pinned"]) == ("kinds.zip", False)
    assert (await admin("archives", "delete", "kinds.zip", "--yes")).code == 0
