"""What a journal holds of a job's summary."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from shared.adapters.neo4j.connection import open_connection
from shared.adapters.neo4j.cypher.journal import JOURNAL
from shared.adapters.neo4j.journal.journal import JournalRecord, TargetSettings
from shared.adapters.neo4j.journal.opening import journal_of_import, journal_of_removal
from shared.adapters.neo4j.journal.summaries import format_lost, format_summary
from shared.jobs.summaries import ArchiveFacts, LostReference, RemovedVersion, Summary
from shared.jobs.summary_json import from_json, to_json
from shared.ports.import_plans import RemovalPlan
from shared.references import Direction
from shared.settings.databases import DatabaseSettings
from tests.shared.ports.test_graph_target_port import PLAN
from tests.support.stacks.databases import SeededNeo4j
from tests.support.summaries import read_recorded

SETTINGS = TargetSettings(installation="tests")


def test_the_journal_of_an_import_is_read_with_what_publishing_has_lost() -> None:
    properties = read_recorded("journals/replaced")
    summary = JournalRecord.from_properties(properties).summary
    assert (summary.unknown, summary.archive) == (
        {},
        ArchiveFacts(
            name="out.zip", bytes=2898, sha256="5f51b662631b71ea92fdfbb3f7329aa0b4ec74448dec4b6124be04d4cc0bc54c"
        ),
    )
    assert summary.references_lost is not None
    assert summary.references_lost.count == 3
    lost = summary.references_lost.listed
    assert lost[0] == LostReference(type="CALLS", direction=Direction.IN, applications=("Web",))
    assert [format_lost(each) for each in lost] == properties["lost_listed"]
    assert format_summary(replace(summary, references_lost=None)) == properties["summary"]


def test_the_journal_of_a_removal_is_read_with_what_publishing_has_lost() -> None:
    properties = read_recorded("journals/deletion")
    summary = JournalRecord.from_properties(properties).summary
    assert [each.version for each in summary.applications_of(RemovedVersion)] == ["2.1.0", "2.2.0"]
    told = orjson.loads(properties["summary"])
    lost = {"count": 2, "listed": [orjson.loads(each) for each in properties["lost_listed"]]}
    assert orjson.dumps(to_json(summary)) == orjson.dumps({**told, "references_lost": lost})


@pytest.mark.parametrize("name", ["replaced", "deletion"])
def test_a_journal_is_opened_with_the_same_text(name: str) -> None:
    text = read_recorded(f"journals/{name}")["summary"]
    summary = from_json(orjson.loads(text))
    removal = RemovalPlan(job_id="job-9", epoch=1, name="Shop", version=None, summary=summary)
    opened = [
        journal_of_import(replace(PLAN, summary=summary), [], SETTINGS),
        journal_of_removal(removal, [], SETTINGS),
    ]
    assert [each["journal"]["summary"] for each in opened] == [text] * 2


def test_what_a_newer_version_wrote_is_kept() -> None:
    properties = read_recorded("journals/deletion")
    newer = {**orjson.loads(properties["summary"]), "more": {"key": [1]}}
    lost = {**orjson.loads(properties["lost_listed"][0]), "more": 1}
    changes = {"summary": orjson.dumps(newer).decode(), "lost_listed": [orjson.dumps(lost).decode()]}
    summary = JournalRecord.from_properties({**properties, **changes}).summary
    assert to_json(summary) == {**newer, "references_lost": {"count": 2, "listed": [lost]}}


async def test_what_is_found_out_is_written_as_before(neo4j: DatabaseSettings) -> None:
    text = read_recorded("journals/replaced")["summary"]
    whole = from_json(orjson.loads(text))
    assert whole.references is not None
    assert whole.shared is not None
    planned = replace(whole, references=None, shared=None)
    async with open_connection("graph", neo4j) as connection:
        opened = await SeededNeo4j(connection).target.begin(replace(PLAN, summary=planned))
        await opened.add_to_summary(references=whole.references, shared=whole.shared)
        assert opened.summary == whole
        ((properties,),) = await connection.run(JOURNAL, {"job": PLAN.job_id})
        await opened.undo()
    assert properties["summary"] == text
    assert planned != Summary()
