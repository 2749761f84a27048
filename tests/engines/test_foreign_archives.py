"""Archives of other tools over HTTP into both server lines; bad ones change nothing."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from tests.engines.test_main_job import count_everything, run
from tests.support.archives.bad import BAD_ARCHIVES
from tests.support.archives.foreign import OLDER, document, zipped
from tests.support.archives.small import make_archive
from tests.support.stacks.stacks import Stack

KEYS = (
    '<key id="n" for="node" attr.name="name"/><key id="w" for="edge" attr.name="weight" attr.type="double">'
    "<default>INF</default></key>"
)
THEIRS = {
    "edges.graphml": document('<edge source="a" target="b" label="CALLS"/>', KEYS),
    "nodes/nodes.graphml": document('<node id="a" labels=":Class"><data key="n">ä</data></node><node id="b"/>', KEYS),
}
BY_SMALL_LIMITS = frozenset(
    {"bomb", "bomb of many", "huge attribute", "huge comment", "huge value", "too many entries"}
)
"""Good, or wrong in another way, where limits are those of an installation."""


def put(stack: Stack, name: str, content: bytes) -> None:
    stack.shelf().write(name, content)


@pytest.mark.parametrize("database", ["current", "lts"])
def test_graphml_of_another_tool_is_imported(stack: Stack, database: str) -> None:
    put(stack, "Theirs.zip", zipped(THEIRS))
    job = stack.run("import", import_app="Theirs.zip", database=database)
    assert job["status"] == "closed", job
    rows = run(
        stack,
        database,
        "MATCH (a:Theirs)-[r:CALLS]->(b:Theirs) RETURN [labels(a), a.name, r.weight = 1.0 / 0.0, labels(b)]",
    )
    (found,) = rows
    assert [sorted(found[0]), *found[1:]] == [["Class", "Theirs"], "ä", True, ["Theirs"]]


@pytest.mark.parametrize("database", ["current", "lts"])
def test_both_applications_of_an_older_exporter_are_imported(stack: Stack, database: str) -> None:
    put(stack, "older.zip", OLDER.read_bytes())
    shown = stack.request("GET", f"/api/v1/archives/older.zip/inspect?database={database}")
    assert (shown.status, shown.body["kind"], [each["exists"] for each in shown.body["conflicts"]]) == (
        200,
        "csv",
        [False, False],
    )
    job = stack.run("import", import_app="older.zip", database=database)
    assert (job["status"], len(job["summary"]["warnings"])) == ("closed", 3), job
    counts = run(stack, database, "MATCH (a:Application) WHERE a.Name IN ['Shop', 'Größe & Co'] RETURN count(a)")
    assert counts == [2]
    assert run(stack, database, "MATCH (:Shop)-[r]->(:Shop) RETURN count(r)") == [10]


def test_bad_archives_are_refused_and_change_nothing(stack: Stack) -> None:
    with zipfile.ZipFile(io.BytesIO(make_archive("App"))) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    before: Any = count_everything(stack, "current")
    refused = 0
    for name, bad in BAD_ARCHIVES.items():
        if name in BY_SMALL_LIMITS:
            continue
        put(stack, "bad.zip", bad.content(entries))
        answer = stack.request("GET", "/api/v1/archives/bad.zip/inspect?database=current")
        assert (answer.status, answer.body["code"]) == (422, "INVALID_ARCHIVE"), (name, answer.body)
        assert bad.entry is None or repr(bad.entry) in answer.body["detail"], (name, answer.body)
        refused += 1
    assert refused > 70
    assert stack.request("GET", "/readyz").status == 200
    put(stack, "bad.zip", BAD_ARCHIVES["duplicate id"].content(entries))
    job = stack.run("import", import_app="bad.zip", database="current", import_as="Bad")
    assert (job["status"], job["failure"]["code"]) == ("failed", "INVALID_ARCHIVE")
    assert "line 9" in job["failure"]["message"]
    assert count_everything(stack, "current") == before


@pytest.mark.parametrize("database", ["current", "lts"])
def test_what_would_be_joined_or_refused_is_foretold(stack: Stack, database: str) -> None:
    """An inspection says it in the words of the import."""
    run(
        stack,
        database,
        "CREATE CONSTRAINT kinds FOR (n:Kind) REQUIRE n.name IS UNIQUE",
        "CREATE (:Kind {name: 'Equal'}), (:Kind {name: 'Odd', note: 'theirs'})",
    )
    try:
        put(stack, "kinds.zip", make_archive("Equal", "Odd", label="Kind"))
        path = f"/api/v1/archives/kinds.zip/inspect?database={database}"
        shown = stack.request("GET", path).body
        key = stack.ready["tenants"]["acme"]["keys"]["admin"]
        begun = stack.request("GET", path, credentials={"X-API-KEY": key, "Prefer": "respond-async, wait=0"})
        assert stack.wait(begun.body["id"])["status"] == "closed"
        by_job = stack.request("GET", f"/api/v1/jobs/{begun.body['id']}/inspection").body
        job = stack.run("import", import_app="kinds.zip", database=database)
    finally:
        run(stack, database, "DROP CONSTRAINT kinds", "MATCH (n:Kind) DETACH DELETE n")
    assert {**by_job, "disk": None} == {**shown, "disk": None}
    equal, odd = (each["joins"] for each in shown["conflicts"])
    assert (equal["joined"], equal["labels"], equal["refused"]) == (1, {"Kind": 1}, 0)
    assert (odd["joined"], odd["refused"], odd["listed"][0]["properties"]) == (0, 1, ["note"])
    assert odd["listed"][0]["constraint"] == "kinds on (:Kind {name})"
    assert (job["failure"]["code"], job["failure"]["message"]) == ("KEY_TAKEN", odd["message"])
