"""Applications that know each other move over HTTP between both server lines, with what crosses between them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.engines.test_main_job import OTHER_WAY, run
from tests.support.comparer import compare
from tests.support.stacks.stacks import Stack

SEED = (
    "MATCH (n) WHERE n:Orders OR n:Billing OR n:Type OR n:Application DETACH DELETE n",
    "CREATE CONSTRAINT IF NOT EXISTS FOR (n:Class) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT IF NOT EXISTS FOR (n:Type) REQUIRE n.id IS UNIQUE",
    "CREATE (:Application {Name: 'Orders'}), (:Application {Name: 'Billing'})",
    "UNWIND ['class', 'table'] AS id CREATE (:Type:Orders:Billing {id: id})",
    """UNWIND ['Orders', 'Billing'] AS name UNWIND range(1, 300) AS i MATCH (t:Type {id: 'class'})
       CREATE (n:Class:$(name) {id: name + i, at: date()})-[:HAS_TYPE]->(t)""",
    """MATCH (a:Orders:Class), (b:Billing:Class) WHERE substring(a.id, 6) = substring(b.id, 7)
       CREATE (a)-[:CALLS {line: 1}]->(b), (b)-[:ANSWERS]->(a)""",
)
WIPE = "MATCH (n) WHERE n:Orders OR n:Billing OR n:Class OR n:Type OR n:Application DETACH DELETE n"
CROSSING = "MATCH (:Orders:Class)-[r]-(:Billing:Class) RETURN count(r)"
SHARED = "MATCH (n:Type) RETURN count(n)"


@pytest.fixture(scope="module", params=["current", "lts"])
def archives(stack: Stack, request: pytest.FixtureRequest) -> tuple[str, dict[str, str]]:
    """Give the database that holds both, and the archive of each."""
    database: str = request.param
    run(stack, database, *SEED)
    run(stack, OTHER_WAY[database], WIPE, *SEED[1:3])
    jobs = {name: stack.run("export", database=database, export_app=name) for name in ("Orders", "Billing")}
    return database, {name: job["archive"]["name"] for name, job in jobs.items()}


def submit(stack: Stack, method: str, path: str, body: dict[str, Any] | None = None) -> str:
    answer = stack.request(method, f"/api/v1/{path}", body)
    assert answer.status == 202, answer
    job_id: str = answer.body["id"]
    return job_id


def native(stack: Stack, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    return stack.wait(submit(stack, method, path, body))


def count_content(stack: Stack, database: str) -> list[int]:
    """Count all but journals: those go a moment after their jobs are closed."""
    nodes = "MATCH (n) WHERE none(label IN labels(n) WHERE label STARTS WITH '_Ferry') RETURN count(n)"
    found: list[int] = run(stack, database, nodes) + run(stack, database, "MATCH ()-[r]->() RETURN count(r)")
    return found


def test_they_arrive_with_all_that_crosses_and_leave_again(stack: Stack, archives: tuple[str, dict[str, str]]) -> None:
    database, names = archives
    other = OTHER_WAY[database]
    first, second = [
        native(stack, "POST", "imports", {"database": other, "archive": names[name]}) for name in ("Orders", "Billing")
    ]
    assert (first["status"], second["status"]) == ("closed", "closed"), (first, second)
    assert (first["summary"]["references"]["pending"], second["summary"]["references"]["connected"]) == (600, 600)
    assert (first["summary"]["shared"]["joined"], second["summary"]["shared"]["joined"]) == (0, 2)
    assert run(stack, other, CROSSING) == [600]
    for name in ("Orders", "Billing"):
        assert compare(stack.place(database, name), stack.place(other, name)) == []

    before = count_content(stack, other)
    again = native(
        stack, "POST", "imports", {"database": other, "archive": names["Orders"], "on_conflict": "overwrite"}
    )
    assert again["status"] == "closed", again
    assert run(stack, other, CROSSING) == [600]
    assert "references_lost" not in again["summary"]
    assert count_content(stack, other) == before

    gone = native(stack, "DELETE", f"databases/{other}/applications/Orders")
    assert (gone["status"], gone["summary"]["references_lost"]["count"]) == ("closed", 600), gone
    assert run(stack, other, SHARED) == [2]
    assert run(stack, other, "MATCH (n:Billing) RETURN count(n)") == [302]
    native(stack, "DELETE", f"databases/{other}/applications/Billing")
    assert run(stack, other, "MATCH (n) WHERE n:Type OR n:Class OR n:Application RETURN count(n)") == [0]


def test_a_dry_run_tells_and_changes_nothing(stack: Stack, archives: tuple[str, dict[str, str]]) -> None:
    database, names = archives
    run(stack, database, "MATCH (n:Orders:Class {id: 'Orders7'}) SET n.size = 1")
    before = count_content(stack, database)
    job = native(stack, "POST", "imports", {"database": database, "archive": names["Orders"], "dry_run": True})
    assert job["status"] == "closed", job
    (told,) = job["summary"]["applications"]
    assert (told["status"], told["difference"]["equal"]) == ("conflict", False)
    assert told["difference"]["elements"]["nodes_changed"]["count"] == 1
    assert told["difference"]["elements"]["relationships_added"]["count"] == 0
    assert count_content(stack, database) == before


def test_a_copy_goes_from_one_server_line_to_the_other(stack: Stack, archives: tuple[str, dict[str, str]]) -> None:
    database, _ = archives
    other = OTHER_WAY[database]
    run(stack, other, WIPE)
    kept = stack.shelf().list_all()
    body = {
        "from_database": database,
        "to_database": other,
        "applications": [{"name": "Orders"}, {"name": "Billing"}],
        "batch_size": 50,
    }
    job = native(stack, "POST", "copies", body)
    assert (job["status"], job["archive"], job["database"]) == ("closed", None, other), job
    assert (job["progress"]["nodes_done"], job["progress"]["nodes_total"]) == (604, 604)
    for name in ("Orders", "Billing"):
        assert compare(stack.place(database, name), stack.place(other, name)) == []
    assert run(stack, other, CROSSING) == [600]
    end = time.monotonic() + 10
    while stack.shelf().list_all() != kept:  # the spool goes a moment after the end
        assert time.monotonic() < end
        time.sleep(0.05)
    run(stack, other, WIPE)


def test_a_job_starts_when_what_it_depends_on_has_closed(stack: Stack, archives: tuple[str, dict[str, str]]) -> None:
    database, names = archives
    other = OTHER_WAY[database]
    run(stack, other, WIPE)
    first = submit(stack, "POST", "imports", {"database": other, "archive": names["Orders"]})
    moved = {"from_database": other, "to_database": other, "applications": [{"name": "Orders", "import_as": "Again"}]}
    # A class of the copy has the key of the one that it is a copy of.
    second = submit(stack, "POST", "copies", {**moved, "depends_on": [first]})
    third = submit(
        stack, "POST", "exports", {"database": other, "applications": [{"name": "Again"}], "depends_on": [second]}
    )
    jobs = [stack.wait(job_id) for job_id in (first, second, third)]
    assert [job["status"] for job in jobs] == ["closed", "failed", "failed"]
    assert [(job["failure"] or {}).get("code") for job in jobs[1:]] == ["KEY_TAKEN", "DEPENDENCY_FAILED"]
    assert (jobs[1]["started"] >= jobs[0]["ended"], jobs[2]["started"]) == (True, None)
    run(stack, other, WIPE)
