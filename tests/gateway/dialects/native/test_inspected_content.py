"""An inspection foretells that content would be taken for the catalogue, in the words of the import."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from shared.catalogue import CatalogueEntry
from shared.jobs.summaries import Summary
from shared.ports.import_plans import RemovalPlan
from tests.gateway.conftest import Client, World, accepted_job
from tests.gateway.dialects.native.test_archives import ARCHIVES
from tests.support.archives.foreign import document, zipped
from tests.support.memory.graph.source import MemorySource
from tests.support.memory.graph.target import MemoryTarget

REMOVAL = RemovalPlan(job_id="job-1", epoch=1, name="Mine", version=None, summary=Summary())
NAME_KEY = '<key id="Name" for="node" attr.name="Name"/>'
ENTRY = '<node id="n0" labels=":Application"><data key="Name">Payroll</data></node>'
CONTENTS = {
    "an entry": (ENTRY, "a Name, as only entries"),
    "another's label": ('<node id="n0" labels=":A:Payroll"/>', "finds application 'Payroll'"),
    "its own label": ('<node id="n0" labels=":Mine"/>', "finds application 'Mine'"),
}


@pytest.fixture
def payroll(world: World) -> World:
    world.databases["target"].add_node(["Application"], {"Name": "Payroll"})
    return world


async def inspect(client: Client, world: World, body: str, *, caller: str = "admin", more: str = "") -> dict[str, Any]:
    world.archives.put("acme", "Mine.zip", zipped({"a.graphml": document(body, NAME_KEY)}))
    response = await client.get(f"{ARCHIVES}/Mine.zip/inspect?database=target{more}", headers=world.as_(caller))
    assert response.status == 200, await response.text()
    (conflict,) = (await response.json())["conflicts"]
    assert isinstance(conflict, dict)
    return conflict


@pytest.mark.parametrize(("body", "words"), CONTENTS.values(), ids=CONTENTS.keys())
async def test_it_says_what_the_import_says(client: Client, payroll: World, body: str, words: str) -> None:
    foretold = (await inspect(client, payroll, body))["catalogue_content"]
    assert words in foretold
    wanted = {"database": "target", "archive": "Mine.zip"}
    job = await accepted_job(client, payroll, "/api/v1/imports", wanted, "admin")
    await payroll.work()
    failure = (await payroll.jobs.get(job.id)).failure
    assert failure is not None
    assert (failure.code, failure.message) == ("CATALOGUE_CONTENT", foretold)


async def test_plain_content_is_left_alone(client: Client, payroll: World) -> None:
    body = '<node id="n0" labels=":A"/>'
    assert (await inspect(client, payroll, body))["catalogue_content"] is None
    assert (await inspect(client, payroll, body, more="&rename_labels=A=Payroll"))["catalogue_content"] is not None


async def test_it_tells_of_names_and_labels_that_others_have_or_jobs_under_way(client: Client, payroll: World) -> None:
    body = '<node id="n0" labels=":A"/>'
    assert (await inspect(client, payroll, body))["refusal"] is None
    database = payroll.databases["target"]
    database.add_node(["Application"], {"Name": "Mine", "Label": "Elsewhere"})
    database.add_node(["Mine"])
    assert "carry the label 'Mine' already" in (await inspect(client, payroll, body))["catalogue_content"]
    await MemoryTarget(database).begin_removal(REMOVAL)
    found = await inspect(client, payroll, body)
    assert (found["catalogue_content"], REMOVAL.job_id in found["refusal"]) == (None, True)


async def test_renamed_labels_are_the_way_out(client: Client, payroll: World) -> None:
    found = await inspect(client, payroll, ENTRY, more="&rename_labels=Application=Program")
    assert found["catalogue_content"] is None


async def test_who_may_not_import_is_not_told_of_applications_of_others(client: Client, payroll: World) -> None:
    payroll.databases["target"].add_node(["Application"], {"Name": "Secret", "Label": "Object"})
    wanted = {"database": "source", "applications": [{"name": "MyApp"}], "file_name": "own.zip"}
    await accepted_job(client, payroll, "/api/v1/exports", wanted, "user")
    await payroll.work()
    for caller, is_told in (("user", False), ("admin", True)):
        response = await client.get(f"{ARCHIVES}/own.zip/inspect?database=target", headers=payroll.as_(caller))
        text = await response.text()
        assert (response.status, "Secret" in text) == (200, is_told), text


async def test_one_inspection_reads_the_catalogue_once(
    client: Client, payroll: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, reads = MemorySource.list_applications, []

    async def count(self: MemorySource) -> Sequence[CatalogueEntry]:
        reads.append(self.database)
        return await read(self)

    wanted = {"database": "source", "applications": [{"name": "MyApp"}], "file_name": "own.zip"}
    await accepted_job(client, payroll, "/api/v1/exports", wanted, "user")
    await payroll.work()
    payroll.databases["target"].add_node(["Application"], {"Name": "MyApp"})
    monkeypatch.setattr(MemorySource, "list_applications", count)
    response = await client.get(f"{ARCHIVES}/own.zip/inspect?database=target", headers=payroll.as_("user"))
    assert (response.status, reads) == (200, ["target"])
