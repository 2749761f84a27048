"""Clients that generators make of the API's document lack no operation, and do the whole work against us."""

from __future__ import annotations

import hashlib
from pathlib import Path

import orjson
import pytest

from tests.clients.generated.making import MAKERS, Client, spell
from tests.support.archives.small import make_archive
from tests.support.comparer import compare
from tests.support.holding import workers_held
from tests.support.stacks.stacks import Stack

SENT = make_archive("Sent")


@pytest.fixture(scope="module")
def document(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("document") / "openapi.json"
    path.write_bytes(orjson.dumps(stack.request("GET", "/openapi.json").body))
    return path


@pytest.fixture(scope="module", params=MAKERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def client(name: str, document: Path, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return MAKERS[name](document, tmp_path_factory.mktemp(name))


def test_no_operation_is_missing(client: Client, document: Path) -> None:
    paths = orjson.loads(document.read_bytes())["paths"]
    documented = {spell(each["operationId"]) for path in paths.values() for each in path.values()}
    assert client.operations == documented
    assert len(documented) == sum(map(len, paths.values()))


def test_it_uploads_exports_polls_downloads_and_imports(client: Client, name: str, stack: Stack) -> None:
    (client.folder / "sent.zip").write_bytes(SENT)
    told = work(client, "move", stack, name)
    assert told["sent"] == hashlib.sha256(SENT).hexdigest()
    assert told["received"] == hashlib.sha256((client.folder / "received.zip").read_bytes()).hexdigest()
    assert told["imported"] == "closed"
    assert compare(stack.place("left", "Shop@3.2.0"), stack.place("right", name)) == []


def test_it_cancels(client: Client, name: str, stack: Stack) -> None:
    with workers_held(stack):
        assert work(client, "cancel", stack, name) == {"status": "cancelled"}


def work(client: Client, task: str, stack: Stack, name: str) -> dict[str, str]:
    key = stack.ready["tenants"]["acme"]["keys"]["admin"]
    told: dict[str, str] = orjson.loads(client.run(task, stack.ready["gateway"], key, str(client.folder), name))
    return told
