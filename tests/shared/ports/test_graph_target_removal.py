"""What every GraphTarget does with an application that is to go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.adapters.neo4j.journal.journal import Journal
from shared.adapters.neo4j.repeating import Portion
from shared.adapters.neo4j.replacing import stepping_back
from shared.adapters.neo4j.server_errors import TooMuchAtOnceError
from shared.adapters.neo4j.target import publishing
from shared.concurrency.interruptions import LeaseLost
from shared.errors import ImportInProgressError, UnknownApplicationError
from shared.graph import GraphCounts
from shared.jobs.summaries import Summary
from shared.jobs.summary_json import to_json
from shared.ports.import_plans import JournalPhase, RemovalPlan
from tests.shared.ports.test_graph_target_port import PLAN
from tests.support.stacks.databases import SeededDatabase

REMOVAL = RemovalPlan(job_id="job-9", epoch=1, name="App", version=None, summary=Summary(warnings=("before",)))


async def seed(seeded: SeededDatabase) -> tuple[int, int]:
    """Make two versions of an application, one of which shares a node with another; return what stays of all."""
    await seeded.add_node(["Application"], {"Name": "App", "Label": "App@1", "Version": "1.0.0"})
    await seeded.add_node(["Application"], {"Name": "App", "Label": "odd`label", "Version": "2.0.0"})
    await seeded.add_node(["Application"], {"Name": "Other"})
    for label in ("App@1", "odd`label"):
        nodes = [await seeded.add_node([label, "Class"]) for _ in range(3)]
        for start, end in zip(nodes, [*nodes[1:], nodes[0]], strict=True):
            await seeded.add_relationship(start, end, "CALLS")
        shared = await seeded.add_node([label, "Other", "Type"], {"of": label})
        await seeded.add_relationship(nodes[0], shared, "HAS_TYPE")
        await seeded.add_relationship(shared, await seeded.add_node(["Other"]), "KNOWS")
    return 5, 2


@pytest.mark.usefixtures("pace")
async def test_an_application_goes_and_leaves_what_others_carry(seeded: SeededDatabase) -> None:
    left = await seed(seeded)
    opened = await seeded.target.begin_removal(REMOVAL)
    assert len(await seeded.source.list_applications()) == 3
    removed: list[GraphCounts] = []
    opened.on_removed(removed.append)

    await opened.publish()
    assert sum(each.nodes for each in removed) == 6
    assert 6 <= sum(each.relationships for each in removed) <= 8, "those with nodes that stay may go by themselves"
    assert opened.summary == REMOVAL.summary
    await opened.forget()

    assert [each.name for each in await seeded.source.list_applications()] == ["Other"]
    assert await seeded.source.count("Other") == GraphCounts(nodes=4, relationships=2)
    assert [(await seeded.source.count(each)).nodes for each in ("App@1", "odd`label")] == [0, 0]
    assert await seeded.count_everything() == left


@pytest.mark.usefixtures("pace")
async def test_one_version_goes_alone(seeded: SeededDatabase) -> None:
    await seed(seeded)
    opened = await seeded.target.begin_removal(replace(REMOVAL, version="2.0.0"))
    await opened.publish()
    await opened.forget()
    assert [(each.name, each.version) for each in await seeded.source.list_applications()] == [
        ("App", "1.0.0"),
        ("Other", None),
    ]
    assert await seeded.source.count("App@1") == GraphCounts(nodes=4, relationships=4)
    assert await seeded.source.count("odd`label") == GraphCounts(nodes=0, relationships=0)


async def test_an_application_without_an_entry_goes_by_its_label(seeded: SeededDatabase) -> None:
    await seeded.add_node(["App"])
    opened = await seeded.target.begin_removal(REMOVAL)
    await opened.publish()
    await opened.forget()
    assert await seeded.count_everything() == (0, 0)


async def test_what_others_had_there_is_reported(seeded: SeededDatabase) -> None:
    await seeded.add_node(["Application"], {"Name": "Other"})
    node = await seeded.add_node(["App"])
    await seeded.add_relationship(await seeded.add_node(["Other"]), node, "CALLS")
    opened = await seeded.target.begin_removal(REMOVAL)
    await opened.publish()
    assert to_json(opened.summary)["references_lost"] == {
        "count": 1,
        "listed": [{"type": "CALLS", "direction": "in", "applications": ["Other"]}],
    }


@pytest.mark.parametrize("version", [None, "3.0.0"])
async def test_what_is_not_there_cannot_go(seeded: SeededDatabase, version: str | None) -> None:
    if version is not None:
        await seed(seeded)
    before = await seeded.count_everything()
    with pytest.raises(UnknownApplicationError):
        await seeded.target.begin_removal(replace(REMOVAL, version=version))
    assert await seeded.count_everything() == before


async def test_undone_before_it_began_it_leaves_everything(seeded: SeededDatabase) -> None:
    await seed(seeded)
    before = await seeded.count_everything()
    opened = await seeded.target.begin_removal(REMOVAL)
    assert (await opened.undo()).nodes_removed == 0
    assert await seeded.count_everything() == before
    assert await seeded.target.resume(REMOVAL.job_id, 2) is None


async def test_an_import_and_a_removal_of_one_name_exclude_each_other(seeded: SeededDatabase) -> None:
    await seeded.add_node(["Application"], {"Name": "App", "Label": "App"})
    await seeded.target.begin_removal(REMOVAL)
    with pytest.raises(ImportInProgressError):
        await seeded.target.begin_removal(replace(REMOVAL, job_id="job-10"))
    with pytest.raises(ImportInProgressError):
        await seeded.target.begin(PLAN)


async def test_the_next_holder_completes_it(seeded: SeededDatabase) -> None:
    left = await seed(seeded)
    old = await seeded.target.begin_removal(REMOVAL)
    again = await seeded.target.begin_removal(replace(REMOVAL, epoch=2))
    with pytest.raises(LeaseLost):
        await old.publish()
    await again.publish()
    await again.forget()
    assert await seeded.count_everything() == left


@pytest.mark.parametrize("steps", [0, 1, 3])
async def test_cut_off_while_nodes_step_back_it_is_completed(
    seeded: SeededDatabase, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    monkeypatch.setattr(publishing, "AT_ONCE_NODES", 1)
    monkeypatch.setattr(stepping_back, "STEP_NODES", 1)
    left = await seed(seeded)
    opened = await seeded.target.begin_removal(REMOVAL)
    with monkeypatch.context() as patched:
        _cut_off(patched, after=steps)
        try:
            await opened.publish()
        except ConnectionAbortedError:
            assert [each.name for each in await seeded.source.list_applications()] == ["Other"]
    again = await seeded.target.resume(REMOVAL.job_id, 2)
    assert again is not None
    await again.publish()
    assert again.phase is JournalPhase.PUBLISHED
    await again.forget()
    assert await seeded.count_everything() == left


async def test_what_is_too_much_for_one_transaction_steps_back_in_smaller_ones(
    seeded: SeededDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stepping_back, "_retire_some", _require_small(stepping_back._retire_some))
    left = await seed(seeded)
    opened = await seeded.target.begin_removal(REMOVAL)
    await opened.publish()
    await opened.forget()
    assert await seeded.count_everything() == left


def _require_small(step: Callable[..., Awaitable[bool]]) -> Callable[..., Awaitable[bool]]:
    """Take one node at a time; more run into the limit of time."""

    async def narrow(*given: Any) -> bool:
        if given[-1] > 1:
            raise TooMuchAtOnceError("too slow")
        return await step(*given)

    return narrow


def _cut_off(monkeypatch: pytest.MonkeyPatch, *, after: int) -> None:
    """Let the process die after so many steps."""
    step, left = stepping_back._retire_step, [after]

    async def dying(journal: Journal, replaced: stepping_back.Replaced, label: str, portion: Portion) -> bool:
        left[0] -= 1
        if left[0] < 0:
            raise ConnectionAbortedError
        return await step(journal, replaced, label, portion)

    monkeypatch.setattr(stepping_back, "_retire_step", dying)
