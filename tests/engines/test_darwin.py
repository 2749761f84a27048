"""Catalogue versions move between both server lines in single requests, with what they need."""

from __future__ import annotations

import base64
import http.client
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.bench.observation import observe
from tests.engines.test_main_job import OTHER_WAY, count_everything, run
from tests.support.comparer import compare
from tests.support.darwin_messages import FAILED, conflicting, message, pending, succeeded, told
from tests.support.stacks.stacks import Stack

BASE = "/darwin/api/2.0/exportimport"

ENVIRON = {"GRAPHFERRY_REFERENCE_KEYS": '{"Item": ["id"]}'}
"""Nodes of different applications may have one key."""

SEED = (
    """CREATE (:Application {Name: 'Shop'}), (:Application {Name: 'Other', Version: '1.0.0', Label: 'Other'}),
       (:Application {Name: 'Payment', Version: '2.1.0', Label: 'Payment@2.1.0', Kind: 'SERVICE', owner: 'ann'}),
       (:Application {Name: 'Clean', Version: '1.0.0-rc1', Label: 'Clean', Kind: 'SCRIPT_TASK'})""",
    """UNWIND ['Shop', 'Payment@2.1.0', 'Clean', 'Other'] AS label UNWIND range(1, 120) AS i
       CREATE (n:Item:$(label) {id: label + i, number: i, at: date(), dbPassword: 'hidden'})""",
    """UNWIND ['Shop', 'Payment@2.1.0', 'Clean', 'Other'] AS label
       MATCH (a:Item:$(label)), (b:Item:$(label)) WHERE b.number = a.number + 1 CREATE (a)-[:NEXT {by: 1}]->(b)""",
    """UNWIND [['Shop', 'Payment@2.1.0'], ['Payment@2.1.0', 'Clean'], ['Other', 'Payment@2.1.0']] AS pair
       MATCH (a:Item:$(pair[0])), (b:Item:$(pair[1])) WHERE b.number = a.number CREATE (a)-[:USES {by: 1}]->(b)""",
)
WAITING = pending(120)
"""Of the application that uses the service, and is not in the package."""

USES = "MATCH (a:Item)-[r:USES]->(b:Item) WHERE $start IN labels(a) AND $end IN labels(b) RETURN count(r)"

LARGE_BODY_BYTES = 200 * 1024**2
GROWTH_MEGABYTES = 16
"""More than chunks and buffers take, less than any part of a body that is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where a package comes from, where it goes."""

    stack: Stack
    source: str
    target: str
    package: str

    def import_(self, action: str, suffix: str | None = None) -> dict[str, Any]:
        body = {"exportPackage": self.package, "conflictResolutionAction": action, "importAsNewSuffix": suffix}
        answer = self.stack.request("POST", f"{BASE}/import?database={self.target}", body, key="architect")
        assert answer.status == 200, answer
        found: dict[str, Any] = answer.body
        return found

    def uses(self, start: str, end: str) -> int:
        return int(run(self.stack, self.target, USES, start=start, end=end)[0])

    def differences(self, suffix: str = "") -> list[str]:
        """Compare all versions of the package with what the target now has of them."""
        labels = {"Shop": "Shop", "Payment": "Payment@2.1.0", "Clean": "Clean"}
        entries = run(self.stack, self.target, "MATCH (e:Application) RETURN [e.Name, e.Label]")
        there = dict(entries)
        return [
            each
            for name, label in labels.items()
            for each in compare(
                self.stack.place(self.source, label), self.stack.place(self.target, there[name + suffix])
            )
        ]


def export(stack: Stack, database: str, name: str, version: Sequence[Any], kind: str) -> dict[str, Any]:
    major, minor, micro, qualifier = version
    wanted = {"name": name, "major": major, "minor": minor, "micro": micro, "qualifier": qualifier}
    body = {"stripSecuredProperties": False, "exportRequestParameter": [{**wanted, "type": f"{kind}_VERSION"}]}
    answer = stack.request("POST", f"{BASE}/export?database={database}", body, key="architect")
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.body
    return found


@pytest.fixture(scope="module", params=["current", "lts"])
def move(stack: Stack, request: pytest.FixtureRequest) -> Move:
    """Seed one database, empty the other, export a shop that uses a service, which uses a task."""
    database: str = request.param
    other = OTHER_WAY[database]
    for each in (database, other):
        run(stack, each, "MATCH (n) WHERE none(l IN labels(n) WHERE l STARTS WITH '_Ferry') DETACH DELETE n")
    run(stack, database, *SEED)
    answer = export(stack, database, "Shop", (1, 0, 0, ""), "APPLICATION")
    assert (answer["errors"], answer["messageList"], set(answer)) == (False, [], {"errors", "messageList", "result"})
    return Move(stack=stack, source=database, target=other, package=answer["result"])


def test_each_action_in_turn(move: Move) -> None:
    """One after the other, because each begins with what the one before has left."""
    before = count_everything(move.stack, move.target)
    assert move.import_("CHECK") == succeeded(*told("does not match", "NOT_FOUND"))
    assert count_everything(move.stack, move.target) == before
    assert move.import_("SKIP") == succeeded(*told("saved successfully", "CREATED"), WAITING)
    assert move.differences() == []
    assert (move.uses("Shop", "Payment"), move.uses("Payment", "Clean")) == (120, 120)
    _check_again(move)
    _skip_what_is_kept(move)
    _overwrite_for_others(move)
    _import_as_new(move)


def _check_again(move: Move) -> None:
    before = count_content(move)
    assert move.import_("CHECK") == succeeded(*told("matches", "CONFLICT"))
    assert move.import_("SKIP") == succeeded(*told("skipped", "SKIPPED"))
    assert count_content(move) == before


def count_content(move: Move) -> list[Any]:
    """Count all but journals, which go a moment after their jobs are closed."""
    nodes = "MATCH (n) WHERE none(label IN labels(n) WHERE label STARTS WITH '_Ferry') RETURN count(n)"
    return run(move.stack, move.target, nodes) + run(move.stack, move.target, "MATCH ()-[r]->() RETURN count(r)")


def _skip_what_is_kept(move: Move) -> None:
    """The shop is gone, and comes back to a service that is no longer as it was."""
    run(move.stack, move.target, "MATCH (n:Payment) SET n.mine = true")
    gone = move.stack.request("DELETE", f"/api/v1/databases/{move.target}/applications/Shop")
    assert move.stack.wait(gone.body["id"])["status"] == "closed"
    assert move.uses("Shop", "Payment") == 0
    saved, skipped = told("saved successfully", "CREATED"), told("skipped", "SKIPPED")
    assert move.import_("SKIP") == succeeded(*saved[:2], *skipped[2:])
    assert move.uses("Shop", "Payment") == 120
    assert run(move.stack, move.target, "MATCH (n:Payment) WHERE n.mine RETURN count(n)") == [120]


def _overwrite_for_others(move: Move) -> None:
    run(
        move.stack,
        move.target,
        "CREATE (:Application {Name: 'Third', Version: '3.0.0', Label: 'Third', Kind: 'SERVICE'})",
        "MATCH (p:Payment) CREATE (:Third:Item {id: 'third' + p.number})-[:USES]->(p)",
    )
    warning = message("WARN", "Third:3.0.0 uses what was overwritten.", "SERVICE_VERSION_AFFECTED")
    before = count_content(move)
    assert move.import_("OVERWRITE") == succeeded(*told("saved successfully", "UPDATED"), warning, WAITING)
    assert count_content(move) == before
    assert run(move.stack, move.target, "MATCH (n:Payment) WHERE n.mine RETURN count(n)") == [0]
    assert (move.uses("Third", "Payment"), move.uses("Shop", "Payment")) == (120, 120)
    assert move.differences() == []


def _import_as_new(move: Move) -> None:
    created = told("saved successfully", "CREATED", suffix="_two")
    assert move.import_("IMPORTASNEW", "two") == succeeded(*created, WAITING)
    assert (move.uses("Shop_two", "Payment_two"), move.uses("Payment_two", "Clean_two")) == (120, 120)
    assert move.uses("Shop_two", "Payment") == move.uses("Payment_two", "Clean") == 0
    assert move.differences("_two") == []
    before = count_content(move)
    assert move.import_("IMPORTASNEW", "two") == conflicting("_two")
    assert count_content(move) == before


def test_a_large_body_does_not_sit_in_memory(stack: Stack, tmp_path: Path) -> None:
    pid = stack.ready["pids"]["gateway"]
    block = base64.b64encode(bytes(range(256)) * 3072)
    send_package(stack, block, times=1)
    idle = idle_megabytes(pid, tmp_path)
    with observe({"gateway": pid}, gaps=tmp_path) as seen:
        answer = send_package(stack, block, times=LARGE_BODY_BYTES // len(block))
    assert answer["messageList"][-1] == FAILED
    assert seen.peak_megabytes["gateway"] < idle + GROWTH_MEGABYTES


def idle_megabytes(pid: int, folder: Path) -> float:
    with observe({"gateway": pid}, gaps=folder) as seen:
        time.sleep(0.3)
    return seen.peak_megabytes["gateway"]


def send_package(stack: Stack, block: bytes, *, times: int) -> dict[str, Any]:
    """Send what begins like an archive as a stream: the same block again and again."""

    def pieces() -> Iterator[bytes]:
        yield b'{"conflictResolutionAction": "SKIP", "exportPackage": "UEsDBAAA'
        for _ in range(times):
            yield block
        yield b'"}'

    place = urlsplit(stack.ready["gateway"])
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=120)
    credentials = base64.b64encode(f"architect:{stack.ready['tenants']['acme']['keys']['architect']}".encode())
    headers = {"Authorization": f"Basic {credentials.decode()}"}
    connection.request("POST", f"{BASE}/import", pieces(), headers, encode_chunked=True)
    answer = connection.getresponse()
    body: dict[str, Any] = json.loads(answer.read())
    connection.close()
    assert answer.status == 200, body
    return body


def test_a_large_answer_does_not_sit_in_memory(stack: Stack, tmp_path: Path) -> None:
    run(
        stack,
        "lts",
        """UNWIND [['Small', 10], ['Large', 6000]] AS one
           CREATE (:Application {Name: one[0], Version: '1.0.0', Label: one[0]})
           WITH one UNWIND range(1, one[1]) AS i
           CREATE (n:Text:$(one[0]) {text: reduce(text = '', k IN range(1, 300) | text + randomUUID())})""",
    )
    pid = stack.ready["pids"]["gateway"]
    export(stack, "lts", "Small", (1, 0, 0, None), "APPLICATION")
    idle = idle_megabytes(pid, tmp_path)
    with observe({"gateway": pid}, gaps=tmp_path) as seen:
        answer = export(stack, "lts", "Large", (1, 0, 0, None), "APPLICATION")
    assert len(answer["result"]) > 2 * GROWTH_MEGABYTES * 1024**2
    assert seen.peak_megabytes["gateway"] < idle + GROWTH_MEGABYTES
