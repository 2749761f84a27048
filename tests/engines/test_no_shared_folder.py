"""With archives in a bucket, gateways and workers share no folder: each has an empty one of its own, and needs none."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from neo4j import GraphDatabase
from redis import Redis

from infra.engines.ports import choose_port
from infra.stack.access import grant_access
from infra.stack.keyring import Keyring
from shared.failpoints import ARMED, SWITCH
from shared.resources import open_identity
from shared.settings.databases import DatabaseSettings
from shared.settings.process import PREFIX, Settings
from tests.support.comparer import Place, compare
from tests.support.faults.fleets import Room, wait_for
from tests.support.faults.versions import CHECKOUT, Version
from tests.support.least_rights import as_owner
from tests.support.object_stores import choose_prefix, credentials
from tests.support.stacks.engines import SessionEngines, wipe_database
from tests.support.stacks.stacks import Stack

pytestmark = pytest.mark.engines

INSTALLATION = "no-folder"
NAMES = ("gateway-1", "gateway-2", "worker-1", "worker-2")
SHOP = """
CREATE (:Application {Name: 'Shop', Version: '1'}) WITH 1 AS one
UNWIND range(1, 600) AS i CREATE (:Shop:Item {number: i})-[:NEXT {at: i}]->(:Shop:Item {number: -i})
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Two gateways and two workers, and nothing that they share but engines and a bucket."""

    rooms: Mapping[str, Room]
    folder: Path
    store_url: str
    database: DatabaseSettings
    keys: Mapping[str, str]

    def client(self, number: int) -> Stack:
        return Stack({"gateway": self.rooms[f"gateway-{number}"].url, "tenants": {"acme": {"keys": self.keys}}})

    def read_log(self, number: int, job_id: str) -> list[dict[str, Any]]:
        answer = self.client(number).request("GET", f"/api/v1/jobs/{job_id}/log")
        assert answer.status == 200, answer
        return [orjson.loads(line) for line in answer.body.splitlines()]

    def wait_for_last_line(self, number: int, job_id: str) -> list[dict[str, Any]]:
        """Read on until the line of the job's end, which a worker writes a moment after the record says so."""
        wait_for(lambda: "job ended" in [line["event"] for line in self.read_log(number, job_id)], "no last line")
        return self.read_log(number, job_id)

    def submit(self, number: int, kind: str, body: dict[str, Any]) -> str:
        answer = self.client(number).request("POST", f"/api/v1/{kind}", body)
        assert answer.status == 202, answer
        return str(answer.body["id"])

    def arm(self, place: str, passes: int) -> None:
        """Have the worker that comes to this place so often end there."""
        (self.folder / ARMED).write_text(json.dumps({"place": place, "pass": passes, "token": place}))

    def find_dead(self) -> Room:
        workers = [self.rooms[name] for name in NAMES if name.startswith("worker")]
        wait_for(lambda: any(not _lives(each) for each in workers), "no worker has ended")
        (dead,) = (each for each in workers if not _lives(each))
        return dead

    def list_live_logs(self) -> list[str]:
        with Redis.from_url(as_owner(self.store_url), decode_responses=True) as owner:
            return list(owner.keys(f"{{{INSTALLATION}}}:log:*"))

    def list_files(self) -> list[str]:
        folders = [self.folder / name for name in NAMES]
        files = [path for each in folders for path in each.rglob("*") if path.is_file()]
        return [str(path.relative_to(self.folder)) for path in files]


def _lives(room: Room) -> bool:
    return room.process is not None and room.process.is_alive


@pytest.fixture
def fleet(
    tmp_path: Path,
    neo4j_2026: DatabaseSettings,
    valkey_for: Callable[[str], str],
    session_engines: SessionEngines,
) -> Iterator[Fleet]:
    wipe_database(neo4j_2026)
    store_url = valkey_for(INSTALLATION)
    described = {"uri": neo4j_2026.uri, "user": neo4j_2026.user, "password": neo4j_2026.password.get_secret_value()}
    shared = {
        "INSTALLATION": INSTALLATION,
        "VALKEY_URL": store_url,
        "DATABASES": orjson.dumps({"one": described}).decode(),
        "ARCHIVES": session_engines.object_store("moto").address(choose_prefix()),
        "LEASE_SECONDS": "10",
        "RENEW_SECONDS": "1",
        "REAP_SECONDS": "0.5",
    }
    with ExitStack() as stack:
        stack.enter_context(credentials())
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv(SWITCH, str(tmp_path))
        keyring = Keyring.open(tmp_path / "keyring.json", tenants=("acme",))
        asyncio.run(_admit(shared, keyring, tmp_path / "command"))
        assert not (tmp_path / "command").exists()
        rooms = {name: _make_room(name, tmp_path, shared) for name in NAMES}
        try:
            for room in rooms.values():
                room.start(room.version)
            yield Fleet(
                rooms=rooms,
                folder=tmp_path,
                store_url=store_url,
                database=neo4j_2026,
                keys=keyring.tenants["acme"],
            )
        finally:
            for room in rooms.values():
                if room.process is not None:
                    room.process.stop()


async def _admit(shared: Mapping[str, str], keyring: Keyring, folder: Path) -> None:
    variables = {f"{PREFIX}{name}": value for name, value in shared.items()}
    settings = Settings.from_environ({**variables, f"{PREFIX}DATA_DIR": str(folder)})
    async with open_identity(settings) as identity:
        await grant_access(identity, keyring, databases=("one",))


def _make_room(name: str, folder: Path, shared: Mapping[str, str]) -> Room:
    own = {"DATA_DIR": str(folder / name / "data"), "SCRATCH_DIR": str(folder / name / "scratch")}
    if name.startswith("gateway"):
        own["PORT"] = str(choose_port())
    version = Version(name="this", tree=CHECKOUT)
    return Room(name=name, settings={**shared, **own}, folder=folder, version=version)


def run(database: DatabaseSettings, *statements: str) -> None:
    auth = (database.user, database.password.get_secret_value())
    with GraphDatabase.driver(database.uri, auth=auth) as driver, driver.session() as session:
        for statement in statements:
            session.run(statement).consume()


def require_each_once(lines: list[dict[str, Any]]) -> None:
    texts = [orjson.dumps(line) for line in lines]
    assert len(set(texts)) == len(texts)


def test_no_process_needs_a_file_of_another(fleet: Fleet) -> None:
    one, other = fleet.client(1), fleet.client(2)
    run(fleet.database, SHOP)

    exporting = fleet.submit(1, "exports", {"database": "one", "applications": [{"name": "Shop"}]})
    exported = other.wait(exporting)
    assert exported["status"] == "closed", exported
    lines = fleet.wait_for_last_line(2, exporting)
    assert [lines[0]["event"], lines[-1]["event"]] == ["attempt started", "job ended"]
    wait_for(lambda: not fleet.list_live_logs(), "the log is not where it is kept")
    assert fleet.read_log(1, exporting) == fleet.read_log(2, exporting) == lines

    name = exported["archive"]["name"]
    archive = other.request("GET", f"/api/v1/archives/{name}").body
    assert other.request("PUT", "/api/v1/archives/brought.zip", archive, media_type="application/zip").status == 201

    fleet.arm("commit.before", 4)
    body = {"database": "one", "archive": "brought.zip", "import_as": "Copy", "batch_size": 100}
    importing = fleet.submit(1, "imports", body)
    dead = fleet.find_dead()
    assert other.wait(importing)["status"] == "closed"
    lines = fleet.wait_for_last_line(2, importing)
    started = [line for line in lines if line["event"] == "attempt started"]
    assert [line["attempt"] for line in started] == list(range(1, len(started) + 1))  # a slow machine loses leases too
    assert started[0]["worker"] != started[1]["worker"]
    require_each_once(lines)
    password = fleet.database.password.get_secret_value()
    source, copy = (Place(fleet.database.uri, fleet.database.user, password, label) for label in ("Shop", "Copy"))
    assert compare(source, copy) == []
    dead.start(dead.version)

    # Ended, with its log in both places: the worker dies between the object and the removal.
    wait_for(lambda: not fleet.list_live_logs(), "the log is not where it is kept")
    fleet.arm("drop_log.before", 1)
    exporting = fleet.submit(2, "exports", {"database": "one", "applications": [{"name": "Copy"}]})
    dead = fleet.find_dead()
    assert one.wait(exporting)["status"] == "closed"
    lines = fleet.read_log(1, exporting)
    assert lines[-1]["event"] == "job ended"
    require_each_once(lines)
    dead.start(dead.version)

    form = {"client_id": "admin", "client_secret": fleet.keys["admin"], "grant_type": "client_credentials"}
    login = one.request(
        "POST",
        "/auth/realms/acme/protocol/openid-connect/token",
        urlencode(form).encode(),
        media_type="application/x-www-form-urlencoded",
        credentials={},
    )
    token = {"Authorization": f"Bearer {login.body['access_token']}"}
    assert other.request("GET", "/api/v1/me", credentials=token).status == 200

    for room in (fleet.rooms["worker-1"], fleet.rooms["worker-2"]):
        room.stop()
    waiting = fleet.submit(1, "exports", {"database": "one", "applications": [{"name": "Shop"}]})
    assert other.request("PATCH", f"/api/v1/jobs/{waiting}", {"status": "cancelled"}).body["status"] == "cancelled"
    assert fleet.read_log(2, waiting) == []

    assert fleet.list_files() == []


LARGE = """
UNWIND range(1, 30000) AS i
CREATE (:Large {number: i, text: reduce(text = '', at IN range(1, 20) | text + randomUUID())})
"""
"""Of more than a part, deflated."""


def test_an_export_needs_no_scratch_and_a_killed_one_begins_anew(fleet: Fleet) -> None:
    run(fleet.database, "CREATE (:Application {Name: 'Large', Version: '1'})", LARGE)
    for name in NAMES:  # where a folder of scratch would be made
        (fleet.folder / name).mkdir(exist_ok=True)
        (fleet.folder / name / "scratch").write_bytes(b"")

    fleet.arm("part.after", 1)
    exporting = fleet.submit(1, "exports", {"database": "one", "applications": [{"name": "Large"}]})
    dead = fleet.find_dead()
    exported = fleet.client(2).wait(exporting)
    assert exported["status"] == "closed", exported
    assert exported["archive"]["bytes"] > 10_000_000
    assert exported["progress"]["nodes_done"] == 30_000
    archive = fleet.client(1).request("GET", f"/api/v1/archives/{exported['archive']['name']}").body
    assert hashlib.sha256(archive).hexdigest() == exported["archive"]["sha256"]
    assert len(fleet.client(2).request("GET", "/api/v1/archives").body["archives"]) == 1
    dead.start(dead.version)


def test_an_upload_in_pieces_goes_on_at_the_other_gateway(fleet: Fleet) -> None:
    one, other = fleet.client(1), fleet.client(2)
    tus = {"Tus-Resumable": "1.0.0"}
    told = {"Upload-Length": "2", "Upload-Metadata": f"filename {base64.b64encode(b'a.zip').decode()}"}
    created = one.request("POST", "/api/v1/uploads", b"", further={**tus, **told})
    assert created.status == 201, created
    path = f"/api/v1/uploads/{created.headers['Location'].rpartition('/')[2]}"
    piece = {**tus, "Upload-Offset": "0"}
    first = one.request("PATCH", path, b"P", media_type="application/offset+octet-stream", further=piece)
    assert first.status == 204, first
    asked = other.request("HEAD", path, further=tus)
    assert asked.headers["Upload-Offset"] == "1"
    assert fleet.list_files() == []
