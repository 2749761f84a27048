"""Whatever goes, nothing of what another entry of the catalogue claims goes with it: random catalogues, and a model."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from shared.errors import (
    ApplicationExistsError,
    CatalogueContentError,
    GraphferryError,
    ImportInProgressError,
    LabelHeldError,
    LabelTakenError,
    UnknownApplicationError,
)
from shared.graph import GraphCounts
from shared.jobs.summaries import Summary
from shared.ports.import_plans import ImportPlan, Placement, RemovalPlan
from tests.shared.ports.test_graph_target_port import APP
from tests.support.stacks.databases import SeededDatabase, SeededMemory, SeededNeo4j

NAMES = ("A", "B", "A@1")
LABELS = (None, None, "A", "B", "A@1", "odd`one")
VERSIONS = (None, None, "1", "2")
CONTENT = ("A", "B", "A@1", "A@2", "B@1", "odd`one", "Class", "Application")
STEPS = {SeededMemory: 400, SeededNeo4j: 4}
"""Databases that a run makes: a real server takes seconds for each."""


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    label: str | None
    version: str | None

    def to_properties(self, uid: int) -> dict[str, str | int]:
        given = {"Name": self.name, "Label": self.label, "Version": self.version, "uid": uid}
        return {key: value for key, value in given.items() if value is not None}


@dataclass(slots=True)
class Model:
    """What a database holds, by numbers of ours: entries, and the labels of all nodes."""

    entries: dict[int, Entry] = field(default_factory=dict)
    labels: dict[int, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def draw(cls, rng: random.Random) -> Model:
        model = cls()
        for uid in range(rng.randint(0, 4)):
            model.entries[uid] = Entry(rng.choice(NAMES), rng.choice(LABELS), rng.choice(VERSIONS))
            inside = rng.choice(CONTENT) if rng.random() < 0.3 else "Application"
            model.labels[uid] = frozenset({"Application", inside})
        for uid in range(10, 18):
            model.labels[uid] = frozenset(rng.sample(CONTENT, rng.choice((1, 1, 2, 3))))
        return model

    def claim(self, entry: Entry) -> str:
        versioned = f"{entry.name}@{entry.version}"
        is_versioned = entry.version is not None and any(versioned in each for each in self.labels.values())
        return entry.label or (versioned if is_versioned else entry.name)

    def named(self, name: str, version: str | None) -> set[int]:
        return {
            uid
            for uid, each in self.entries.items()
            if each.name == name and version in (None, each.version or "1.0.0")
        }

    def claims(self, uids: set[int]) -> set[str]:
        return {self.claim(self.entries[uid]) for uid in uids}

    def remove(self, name: str, version: str | None) -> Mapping[int, frozenset[str]] | None:
        """Return what stays, each with its labels; None: there is no such application."""
        going = self.named(name, version)
        kept = self.claims(set(self.entries) - going)
        owned = self.claims(going)
        if not self.named(name, None) and version is None and self._has_content(name) and name not in kept:
            owned = {name}
        elif not going:
            return None
        lost = owned - kept
        gone = going | {
            uid for uid, each in self.labels.items() if uid not in self.entries and each & lost and not each & kept
        }
        return {uid: self._without(uid, lost) for uid in self.labels if uid not in gone}

    def is_claimed(self, label: str, uids: set[int]) -> bool:
        """Whether it is the label of one of these entries, or would be once nodes carried it."""
        entries = [self.entries[uid] for uid in uids]
        return label in self.claims(uids) | {
            f"{each.name}@{each.version}" for each in entries if not each.label and each.version
        }

    def is_used(self, name: str, label: str) -> bool:
        """Whether nodes that do not go with an application carry the label that it is to have."""
        going = self.named(name, None)
        return label not in (self.claims(going) or {name}) and any(label in each for each in self.labels.values())

    def _has_content(self, label: str) -> bool:
        return any(label in each for uid, each in self.labels.items() if uid not in self.entries)

    def _without(self, uid: int, lost: set[str]) -> frozenset[str]:
        is_entry = uid in self.entries
        return self.labels[uid] - (lost - {"Application"} if is_entry else lost)


async def fill(seeded: SeededDatabase, model: Model) -> None:
    for uid, labels in model.labels.items():
        entry = model.entries.get(uid)
        await seeded.add_node(sorted(labels), {"uid": uid} if entry is None else entry.to_properties(uid))


async def read(seeded: SeededDatabase) -> Mapping[object, frozenset[str]]:
    if isinstance(seeded, SeededMemory):
        nodes = seeded.data.nodes.values()
        return {each.properties["uid"]: frozenset(each.labels) for each in nodes if "uid" in each.properties}
    assert isinstance(seeded, SeededNeo4j)
    rows = await seeded.connection.run("MATCH (n) WHERE n.uid IS NOT NULL RETURN n.uid, labels(n)")
    return {uid: frozenset(labels) for uid, labels in rows}


async def wipe(seeded: SeededDatabase) -> None:
    if isinstance(seeded, SeededMemory):
        seeded.data.nodes.clear()
        seeded.data.relationships.clear()
        seeded.data.journals.clear()
    if isinstance(seeded, SeededNeo4j):
        await seeded.connection.run("MATCH (n) DETACH DELETE n")


async def remove(seeded: SeededDatabase, name: str, version: str | None) -> bool:
    plan = RemovalPlan(job_id="removal", epoch=1, name=name, version=version, summary=Summary())
    try:
        opened = await seeded.target.begin_removal(plan)
    except UnknownApplicationError:
        return False
    await opened.publish()
    await opened.forget()
    return True


async def overwrite(seeded: SeededDatabase, name: str, label: str, *, is_undone: bool) -> bool:
    """Import one node in the place of all versions of an application; False where that is refused."""
    application = replace(
        APP, name=name, label=label, placement=Placement.REPLACE, counts=GraphCounts(nodes=1, relationships=0)
    )
    plan = ImportPlan(job_id="import", epoch=1, sha256="", applications=(application,), summary=Summary())
    try:
        opened = await seeded.target.begin(plan)
    except (ApplicationExistsError, LabelTakenError):
        return False
    await opened.write_nodes(0, [(0, ["New"], {"uid": 99})])
    if is_undone:
        await opened.undo()
        return True
    await opened.publish()
    await opened.forget()
    return True


async def test_a_deletion_leaves_all_that_others_claim(seeded: SeededDatabase) -> None:
    rng = random.Random(16)
    for step in range(STEPS[type(seeded)]):
        model = Model.draw(rng)
        name, version = rng.choice([*NAMES, "odd`one"]), rng.choice((None, None, "1", "2", "1.0.0"))
        await wipe(seeded)
        await fill(seeded, model)
        expected = model.remove(name, version)
        told = step, model, name, version
        assert await remove(seeded, name, version) is (expected is not None), told
        assert await read(seeded) == (model.labels if expected is None else expected), told


async def test_an_overwrite_leaves_all_that_others_claim_and_an_undo_everything(seeded: SeededDatabase) -> None:
    rng = random.Random(61)
    for step in range(STEPS[type(seeded)]):
        model = Model.draw(rng)
        name, label = rng.choice(NAMES), rng.choice(("A", "B", "A@1", "new"))
        is_undone = rng.random() < 0.3
        await wipe(seeded)
        await fill(seeded, model)
        is_taken = model.is_claimed(label, set(model.entries) - model.named(name, None)) or model.is_used(name, label)
        told = step, model, name, label, is_undone
        assert await overwrite(seeded, name, label, is_undone=is_undone) is not is_taken, told
        expected = dict(model.labels)
        if not is_taken and not is_undone:
            expected = {**(model.remove(name, None) or expected), 99: frozenset({"New", label})}
        assert await read(seeded) == expected, told


@pytest.mark.parametrize("others", [("Other", "App"), ("App@2", "Other")])
async def test_what_somebody_claims_while_it_is_staged_survives_the_undo(
    seeded: SeededDatabase, others: Sequence[str]
) -> None:
    name, label = others
    application = replace(APP, name="Mine", label="Mine", counts=GraphCounts(nodes=2, relationships=0))
    plan = ImportPlan(job_id="import", epoch=1, sha256="", applications=(application,), summary=Summary())
    opened = await seeded.target.begin(plan)
    await opened.write_nodes(0, [(0, ["Class"], {"uid": 1}), (1, ["Class"], {"uid": 2})])
    await seeded.add_node(["Application"], {"Name": name, "Label": label, "uid": 3})
    await give_label(seeded, 2, label)
    await opened.undo()
    assert set(await read(seeded)) == {2, 3}
    assert not any(each.startswith("_Ferry") for labels in (await read(seeded)).values() for each in labels)


async def give_label(seeded: SeededDatabase, uid: int, label: str) -> None:
    if isinstance(seeded, SeededMemory):
        next(each for each in seeded.data.nodes.values() if each.properties.get("uid") == uid).labels.add(label)
    if isinstance(seeded, SeededNeo4j):
        await seeded.connection.run("MATCH (n {uid: $uid}) SET n:$($label)", {"uid": uid, "label": label})


def plan_of(name: str, *content: str, placement: Placement = Placement.NEW) -> ImportPlan:
    """Plan an import of one node, with these labels."""
    application = replace(
        APP,
        name=name,
        label=name,
        counts=GraphCounts(nodes=1, relationships=0),
        content_labels=dict.fromkeys(content, 1),
        placement=placement,
    )
    return ImportPlan(job_id=f"job-{name}", epoch=1, sha256="", applications=(application,), summary=Summary())


BRINGS_L, BECOMES_L = plan_of("A", "L", "Class"), plan_of("L", "Class")


@pytest.mark.parametrize(("first", "second"), [(BRINGS_L, BECOMES_L), (BECOMES_L, BRINGS_L)], ids=["brings", "becomes"])
async def test_no_label_is_of_content_and_of_an_application_under_way(
    seeded: SeededDatabase, first: ImportPlan, second: ImportPlan
) -> None:
    opened = await seeded.target.begin(first)
    before = await seeded.count_everything()
    with pytest.raises(LabelHeldError, match=f"'L' .* job {first.job_id} .* import_as") as caught:
        await seeded.target.begin(second)
    assert caught.value.holder == first.job_id
    assert await seeded.count_everything() == before
    await seeded.target.begin(plan_of("B", "Class"))
    await opened.undo()
    await seeded.target.begin(second)


async def test_of_two_that_begin_at_once_one_is_refused(seeded: SeededDatabase) -> None:
    for _ in range(STEPS[type(seeded)]):
        found = await asyncio.gather(*map(seeded.target.begin, (BRINGS_L, BECOMES_L)), return_exceptions=True)
        assert sorted(isinstance(each, LabelHeldError) for each in found) == [False, True], found
        for each in found:
            if not isinstance(each, BaseException):
                await each.undo()


async def test_content_judged_before_the_application_came_is_refused(seeded: SeededDatabase) -> None:
    opened = await seeded.target.begin(BECOMES_L)
    await opened.write_nodes(0, [(0, ["Class"], {})])
    await opened.publish()
    await opened.forget()
    before = await seeded.count_everything()
    with pytest.raises(CatalogueContentError, match="finds application 'L'"):
        await seeded.target.begin(BRINGS_L)
    assert await seeded.count_everything() == before


async def test_no_label_goes_while_content_comes_with_it(seeded: SeededDatabase) -> None:
    removal = RemovalPlan(job_id="removal", epoch=1, name="L", version=None, summary=Summary())
    await seeded.add_node(["L"], {"uid": 1})
    opened = await seeded.target.begin(BRINGS_L)
    with pytest.raises(ImportInProgressError):
        await seeded.target.begin_removal(removal)
    await opened.undo()
    await seeded.target.begin_removal(removal)
    with pytest.raises(LabelHeldError):
        await seeded.target.begin(BRINGS_L)


async def test_two_jobs_do_not_take_the_same_application_away(seeded: SeededDatabase) -> None:
    await seeded.add_node(["Application"], {"Name": "A", "Label": "Old"})
    await seeded.add_node(["Old"], {"uid": 1})
    removal = RemovalPlan(job_id="removal", epoch=1, name="A", version=None, summary=Summary())
    opened = await seeded.target.begin(plan_of("A", placement=Placement.REPLACE))
    with pytest.raises(ImportInProgressError):
        await seeded.target.begin_removal(removal)
    with pytest.raises(LabelHeldError):
        await seeded.target.begin(plan_of("B", "Old"))
    await opened.undo()
    await seeded.target.begin_removal(removal)


@pytest.mark.parametrize(
    ("plan", "refusal"),
    [(plan_of("B", "A@2"), CatalogueContentError), (plan_of("A@2"), ApplicationExistsError)],
    ids=["brings", "becomes"],
)
async def test_no_label_turns_an_application_away_from_its_nodes(
    seeded: SeededDatabase, plan: ImportPlan, refusal: type[GraphferryError]
) -> None:
    await seeded.add_node(["Application"], {"Name": "A", "Version": "2"})
    await seeded.add_node(["A"], {"uid": 1})
    before = await seeded.count_everything()
    with pytest.raises(refusal):
        await seeded.target.begin(plan)
    assert await seeded.count_everything() == before


@pytest.mark.parametrize(
    ("plan", "refusal"),
    [
        (replace(plan_of("Going"), job_id="job-second"), ImportInProgressError),
        (plan_of("B", "Going"), LabelHeldError),
        (plan_of("Class"), LabelHeldError),
        (plan_of("Moved", placement=Placement.REPLACE), LabelTakenError),
        (plan_of("A@2"), ApplicationExistsError),
        (plan_of("B", "A@2"), CatalogueContentError),
    ],
    ids=["claimed", "brings", "becomes", "taken", "versioned", "brings versioned"],
)
async def test_a_judgement_before_foretells_what_beginning_would_say(
    seeded: SeededDatabase, plan: ImportPlan, refusal: type[GraphferryError]
) -> None:
    await seeded.add_node(["Application"], {"Name": "A", "Version": "2"})
    await seeded.add_node(["Application"], {"Name": "Moved", "Label": "Elsewhere"})
    await seeded.add_node(["Moved"])
    await seeded.target.begin(plan_of("Going", "Class"))
    before = await seeded.count_everything()
    with pytest.raises(refusal) as foretold:
        await seeded.target.require_beginning(plan.job_id, plan.applications)
    with pytest.raises(refusal) as said:
        await seeded.target.begin(plan)
    assert foretold.value.message == said.value.message
    await seeded.target.require_beginning("job-free", plan_of("Free").applications)
    assert await seeded.count_everything() == before
