"""What every GraphTarget does when one version of an application is replaced, and others stay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.adapters.neo4j.journal.journal import JournalRecord
from shared.graph import GraphCounts
from shared.ports.import_plans import Placement
from tests.shared.ports.test_graph_target_port import APP, PLAN, seed_old, write_all
from tests.support.stacks.databases import SeededDatabase

NEW = replace(APP, version="2.0.0", placement=Placement.REPLACE_VERSION)
"""With the scope label of the version that goes."""
REPLACING = replace(PLAN, applications=(NEW,))


async def seed(seeded: SeededDatabase) -> None:
    """Make two versions, each with a node that another application shares."""
    await seed_old(seeded)
    await seeded.add_node(["Application"], {"Name": "Other"})
    for label in ("old", "App"):
        await seeded.add_node([label, "Other"], {"of": label})


@pytest.mark.usefixtures("pace")
async def test_only_that_version_goes(seeded: SeededDatabase) -> None:
    await seed(seeded)
    before = await seeded.count_everything()
    opened = await seeded.target.begin(REPLACING)
    await write_all(opened)
    assert await seeded.source.count("App") == GraphCounts(nodes=2, relationships=1)

    await opened.publish()
    await opened.forget()

    entries = await seeded.source.list_applications()
    assert [(each.name, each.version, each.label) for each in entries] == [
        ("App", "1.0.0", "old"),
        ("App", "2.0.0", "App"),
        ("Other", None, "Other"),
    ]
    assert entries[1].properties == {"owner": "somebody"}
    assert await seeded.source.count("App") == GraphCounts(nodes=4, relationships=3)
    assert await seeded.source.count("old") == GraphCounts(nodes=2, relationships=1)
    assert await seeded.source.count("Other") == GraphCounts(nodes=2, relationships=0)
    assert await seeded.count_everything() == (before[0] - 1 + 4, before[1] - 1 + 3)


async def test_undone_it_leaves_both(seeded: SeededDatabase) -> None:
    await seed(seeded)
    before = await seeded.count_everything()
    opened = await seeded.target.begin(REPLACING)
    await write_all(opened)
    await opened.undo()
    assert await seeded.count_everything() == before
    assert await seeded.source.count("App") == GraphCounts(nodes=2, relationships=1)


@pytest.mark.usefixtures("pace")
async def test_what_hangs_on_an_entry_follows_its_version(seeded: SeededDatabase) -> None:
    await seeded.add_node(["Application"], {"Name": "App", "Label": "old", "Version": "1.0.0"})
    entry = await seeded.add_node(["Application"], {"Name": "App", "Label": "App", "Version": "2.0.0"})
    await seeded.add_node(["App"])
    await seeded.add_relationship(await seeded.add_node(["Owner"]), entry, "OWNS")
    opened = await seeded.target.begin(REPLACING)
    await write_all(opened)
    await opened.publish()
    assert opened.summary.references_lost is None
    await opened.forget()
    assert await seeded.count_everything() == (7, 4)


def test_a_journal_of_before_says_nothing_of_versions() -> None:
    properties = {"job": "job-1", "epoch": 1, "phase": "WRITING", "names": ["App"], "labels": ["App"], "ends": [4]}
    more = {"replaced": [], "replaced_versions": [], "summary": "{}", "lanes": 1}
    assert JournalRecord.from_properties({**properties, **more}).versions == ("1.0.0",)
