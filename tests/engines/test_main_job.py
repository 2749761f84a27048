"""The main job over HTTP, between both server lines, with everything that may be wrong with a request."""

from __future__ import annotations

import io
import re
import zipfile
from itertools import pairwise
from typing import Any

import igraph
import networkx as nx
import pytest
from neo4j import GraphDatabase

from tests.support.comparer import compare
from tests.support.stacks.stacks import Stack

SHOP = (
    "CREATE (:Application {Name: 'Shop & Söhne', Label: 'Shop', Version: '1.2.0', owner: 'somebody'})",
    """UNWIND range(1, 2500) AS i CREATE (:Shop:Item {number: i, name: 'item ' + i, ratio: i * 0.5, sold: i % 2 = 0,
       at: datetime('2024-01-01T00:00:00Z') + duration({days: i}), day: date('-0044-03-15'), place: point({x: i, y: 2}),
       tags: ['a', 'ü'], sizes: [i, 1]})""",
    "MATCH (a:Shop), (b:Shop) WHERE b.number = a.number + 1 CREATE (a)-[:NEXT {weight: a.number * 1.0}]->(b)",
    "MATCH (a:Shop {number: 1}) CREATE (a)-[:SELF]->(a), (a)-[:SELF]->(a)",
)
NODES, RELATIONSHIPS = 2500, 2501
OTHER_WAY = {"current": "lts", "lts": "current"}


def run(stack: Stack, database: str, *statements: str, **parameters: Any) -> list[Any]:
    place = stack.place(database, "")
    rows: list[Any] = []
    with GraphDatabase.driver(place.uri, auth=(place.user, place.password)) as driver, driver.session() as session:
        for statement in statements:
            rows = session.run(statement, **parameters).value()
    return rows


def count_everything(stack: Stack, database: str) -> list[Any]:
    return run(stack, database, "MATCH (n) RETURN count(n)") + run(stack, database, "MATCH ()-[r]->() RETURN count(r)")


@pytest.fixture(scope="module", params=["current", "lts"])
def shop(stack: Stack, request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """Give the database that holds the shop, and the job that exported it."""
    database: str = request.param
    run(stack, database, "MATCH (n) WHERE n:Shop OR n:Application DETACH DELETE n", *SHOP)
    return database, stack.run("export", database=database, export_app="Shop & Söhne", batch_size=700)


def test_the_export_is_a_plain_archive(stack: Stack, shop: tuple[str, dict[str, Any]]) -> None:
    _, job = shop
    assert job["status"] == "closed", job
    name = job["archive"]["name"]
    assert re.fullmatch(r"Shop  Shne-\d{8}-\d{6}(-\d+)?\.zip", name), name
    with zipfile.ZipFile(io.BytesIO(stack.shelf().read(name))) as archive:
        assert archive.testzip() is None
        document = archive.read("applications/1/graph.graphml")
    graph = nx.read_graphml(io.BytesIO(document), force_multigraph=True)
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (NODES, RELATIONSHIPS)
    first = next(node for _, node in graph.nodes(data=True) if node["number"] == 1)
    assert (first["labels"], first["ratio"], first["sold"], first["tags"]) == (":Item", 0.5, False, '["a","ü"]')
    assert {data["label"] for _, _, data in graph.edges(data=True)} == {"NEXT", "SELF"}


def test_igraph_reads_it_too(stack: Stack, shop: tuple[str, dict[str, Any]], tmp_path: Any) -> None:
    with zipfile.ZipFile(io.BytesIO(stack.shelf().read(shop[1]["archive"]["name"]))) as archive:
        path = archive.extract("applications/1/graph.graphml", tmp_path)
    graph = igraph.Graph.Read_GraphML(path)
    assert (graph.vcount(), graph.ecount()) == (NODES, RELATIONSHIPS)
    assert set(graph.es["label"]) == {"NEXT", "SELF"}
    assert sorted(graph.vs["number"]) == list(range(1, NODES + 1))


def test_it_arrives_equal_in_the_other_server(stack: Stack, shop: tuple[str, dict[str, Any]]) -> None:
    database, exported = shop
    other = OTHER_WAY[database]
    name = f"Copy of {database}"
    imported = stack.run("import", import_app=exported["archive"]["name"], database=other, import_as=name, batch_size=0)
    assert imported["status"] == "closed", imported
    assert compare(stack.place(database, "Shop"), stack.place(other, name)) == []
    counts = {key: imported["summary"]["applications"][0][key] for key in ("nodes", "relationships", "digest")}
    assert counts == {key: exported["summary"]["applications"][0][key] for key in counts}
    entries = run(stack, other, "MATCH (n:Application {Name: $name}) RETURN properties(n)", name=name)
    assert entries == [{"Name": name, "Label": name, "Version": "1.2.0", "Kind": "APPLICATION", "owner": "somebody"}]
    assert run(stack, other, "MATCH (n) WHERE any(l IN labels(n) WHERE l STARTS WITH '_Ferry') RETURN n") == []


def test_a_second_import_is_refused(stack: Stack, shop: tuple[str, dict[str, Any]]) -> None:
    database, exported = shop
    answer = stack.imaging("import", import_app=exported["archive"]["name"], database=database)
    assert (answer.status, answer.body["error"]["code"]) == (409, "APPLICATION_EXISTS")
    assert "Application already exists" in answer.body["error"]["message"]


BAD_REQUESTS = [
    ("export", b"{bad", 400, "INVALID_JSON"),
    ("export", b"[]", 400, "INVALID_REQUEST"),
    ("export", {}, 400, "INVALID_REQUEST"),
    ("export", {"database": "current"}, 400, "INVALID_REQUEST"),
    ("export", {"database": 1, "export_app": "Shop"}, 400, "INVALID_REQUEST"),
    ("export", {"database": "current", "export_app": "x", "batch_size": True}, 400, "INVALID_REQUEST"),
    ("export", {"database": "current", "export_app": "x", "batch_size": "10"}, 400, "INVALID_REQUEST"),
    ("export", {"database": "current", "export_app": "x", "batch_size": -1}, 400, "INVALID_REQUEST"),
    ("export", {"database": "current", "export_app": "x", "batch_size": 50_001}, 400, "INVALID_REQUEST"),
    ("export", {"database": "nowhere", "export_app": "x"}, 404, "DATABASE_UNKNOWN"),
    ("export", {"database": "current", "export_app": "Unknown"}, 404, "APPLICATION_UNKNOWN"),
    ("import", {"database": "current", "import_app": "missing.zip"}, 404, "ARCHIVE_UNKNOWN"),
    ("import", {"database": "current", "import_app": "../../etc/passwd.zip"}, 400, "INVALID_FILE_NAME"),
    ("import", {"database": "current", "import_app": "text.zip"}, 422, "INVALID_ARCHIVE"),
    ("import", {"database": "current"}, 400, "INVALID_REQUEST"),
]


@pytest.mark.parametrize(("action", "body", "status", "code"), BAD_REQUESTS)
def test_a_bad_request_is_told_and_changes_nothing(
    stack: Stack, action: str, body: bytes | dict[str, Any], status: int, code: str
) -> None:
    stack.shelf().write("text.zip", b"this is no ZIP")
    before = count_everything(stack, "current"), stack.shelf().list_all()

    answer = stack.request("POST", f"/imaging/etl/api/app/{action}", body)

    assert (answer.status, answer.body["error"]["code"]) == (status, code), answer.body
    assert answer.body["error"]["message"]
    assert (count_everything(stack, "current"), stack.shelf().list_all()) == before
    assert stack.request("GET", "/readyz").status == 200


def test_a_damaged_archive_fails_the_job_and_leaves_nothing(stack: Stack, shop: tuple[str, dict[str, Any]]) -> None:
    whole = stack.shelf().read(shop[1]["archive"]["name"])
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 0xFF
    stack.shelf().write("damaged.zip", bytes(damaged))
    before = count_everything(stack, "current")

    job = stack.run("import", import_app="damaged.zip", database="current", import_as="Damaged")

    assert (job["status"], job["failure"]["code"]) == ("failed", "INVALID_ARCHIVE")
    assert "applications/1/graph.graphml" in job["failure"]["message"]
    assert count_everything(stack, "current") == before


def test_jobs_of_one_tenant_wait_for_each_other(stack: Stack, shop: tuple[str, dict[str, Any]]) -> None:
    answers = [stack.imaging("export", database=shop[0], export_app="Shop & Söhne") for _ in range(5)]
    jobs = [stack.wait(answer.body["success"]["uuid"]) for answer in answers]
    assert {job["status"] for job in jobs} == {"closed"}
    ordered = sorted(jobs, key=lambda job: str(job["created"]))
    for earlier, later in pairwise(ordered):
        assert earlier["ended"] <= later["started"]
    assert len({job["archive"]["name"] for job in jobs}) == 5


def test_the_log_of_a_job_is_there_for_its_tenant_only(stack: Stack, shop: tuple[str, dict[str, Any]]) -> None:
    path = f"/api/v1/jobs/{shop[1]['id']}/log"
    log = stack.request("GET", path)
    assert log.status == 200
    assert b"archive written" in log.body
    assert stack.request("GET", path, tenant="globex").status == 404
    assert stack.request("GET", f"/api/v1/jobs/{shop[1]['id']}", tenant="globex").status == 404
    assert stack.request("GET", path, key="user").status == 404
