"""No answer tells a caller of an application that is hidden from them: neither names nor keys nor values.

All that belongs to the hidden application has the word `zyxwvut` in it, whatever it is: one search finds any of it.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientResponse

from shared.identity import ApplicationName, ImportedApplication, Role
from shared.jobs.record import Job, Status
from shared.node_keys import KeyForm
from tests.gateway.conftest import Client, World
from tests.support.archives.small import make_archive
from tests.support.keys import CREATED, admit, make_key

WORD = "zyxwvut"


@pytest.fixture
async def world(world: World) -> World:
    """MyApp is there for all; it is tied in every way to an application that `importer` has brought."""
    for database in (world.databases["source"], world.databases["target"]):
        name = "ZyxwvutPayroll" if database.name == "source" else "ZyxwvutTarget"
        database.unique += [
            KeyForm(label="Person", properties=("zyxwvutNumber",)),
            KeyForm(label="ZyxwvutSalary", properties=("zyxwvutKey",)),
            KeyForm(label="ZyxwvutPayroll@7", properties=("name",)),
            KeyForm(label="Object", properties=("name",)),
        ]
        entry = database.add_node(
            ["Application"], {"Name": name, "Label": "ZyxwvutPayroll@7", "Version": "7.0.0-zyxwvut", "Owner": "zyxwvut"}
        )
        keys = {"ZyxwvutSalary": "zyxwvutKey", "Person": "zyxwvutNumber", "ZyxwvutLoose": "zyxwvutLoose"}
        hidden = [
            database.add_node(["ZyxwvutPayroll@7", label], {key: "zyxwvut 4711", "name": "Zyxwvut Miller"})
            for label, key in keys.items()
        ]
        database.add_relationship(hidden[0], hidden[1], "ZYXWVUT_PAID_TO")
        await note_imported(world, database.name, name)
        if database.name == "source":
            tie(world, [entry, *hidden])
    return world


async def note_imported(world: World, database: str, name: str) -> None:
    noted = ImportedApplication(
        application=ApplicationName(database, name), tenant="acme", user="importer", job_id="one", created=CREATED
    )
    await world.identity.note_imported([noted])


def tie(world: World, hidden: list[int]) -> None:
    """Connect MyApp to all that is hidden, both ways; one node is of both, one of a third that all may see."""
    source = world.databases["source"]
    (mine,) = source.content("MyApp")
    shared = source.add_node(["MyApp", "ZyxwvutPayroll@7", "Object"], {"name": "shared"})
    source.add_node(["Application"], {"Name": "Open"})
    opened = source.add_node(["Open", "ZyxwvutPayroll@7", "Object"], {"name": "opened"})
    source.add_relationship(mine, opened, "USES")
    source.add_relationship(opened, mine, "KNOWS")
    for far in hidden:
        source.add_relationship(mine, far, "ZYXWVUT_USES", {"zyxwvutSalary": "zyxwvut 100"})
        source.add_relationship(far, mine, "ZYXWVUT_KNOWS", {"zyxwvutSalary": "zyxwvut 100"})
    source.add_relationship(mine, shared, "HAS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A caller, who notes all that is told to them."""

    client: Client
    world: World
    caller: str

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        """Send a request; its answer must not tell anything that is hidden."""
        response = await self.client.request(method, path, headers=self.world.as_(self.caller), **more)
        content = await response.read()
        assert response.status < 500, content
        require_silence(f"{self.caller}: {method} {path}", told_by(response, content))
        return json.loads(content) if response.content_type == "application/json" else content


def told_by(response: ClientResponse, content: bytes) -> str:
    """Give all that an answer tells, of archives what is in them."""
    head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return head + content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return head + "\n".join(f"{name}\n{archive.read(name).decode()}" for name in archive.namelist())


def require_silence(where: str, told: str) -> None:
    at = told.lower().find(WORD)
    assert at < 0, f"{where} tells {told[max(at - 100, 0) : at + 100]!r}"


@pytest.fixture
def user(client: Client, world: World) -> Asking:
    return Asking(client=client, world=world, caller="user")


async def only_manifest(asking: Asking, path: str) -> dict[str, Any]:
    content = await asking.ask("GET", path)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        manifest: dict[str, Any] = json.loads(archive.read("manifest.json"))
    return manifest


EXPORTS: dict[str, tuple[str, Any]] = {
    "imaging": ("/imaging/etl/api/app/export", {"database": "source", "export_app": "MyApp"}),
    "native": ("/api/v1/exports", {"database": "source", "applications": [{"name": "MyApp"}]}),
    "native for bulk import": (
        "/api/v1/exports",
        {"database": "source", "applications": [{"name": "MyApp"}], "file_filter": "onpremises"},
    ),
    "spark": ("/acme/api/v4/export", {"inputs": {"services": ["source/MyApp"]}}),
    "spark, a folder": ("/acme/api/v4/export", {"inputs": {"folders": ["source"]}}),
}


@pytest.mark.parametrize("surface", EXPORTS)
async def test_an_export_counts_what_is_hidden_and_tells_nothing_of_it(user: Asking, surface: str) -> None:
    path, body = EXPORTS[surface]
    await user.ask("POST", path, json=body)
    await user.world.work()

    (job,) = user.world.jobs.jobs.values()
    assert (job.status, job.failure) == (Status.CLOSED, None)
    assert job.archive is not None
    for each in ("", "/log", "/events"):
        await user.ask("GET", f"/api/v1/jobs/{job.id}{each}")
    status = await user.ask("GET", f"/acme/api/v4/export/{job.id}/status")
    (file,) = status["outputs"]["files"]
    await user.ask("GET", file["file"].removeprefix("https://ferry.example/base"))
    await user.ask("GET", f"/api/v1/archives/{job.archive.name}")
    if "bulk" not in surface:
        inspected = await user.ask("GET", f"/api/v1/archives/{job.archive.name}/inspect?database=target")
        assert inspected["applications"][0]["others"] == 8


async def test_what_others_may_see_of_the_border_is_still_exported(user: Asking) -> None:
    path, body = EXPORTS["native"]
    await user.ask("POST", path, json=body)
    await user.world.work()
    (job,) = user.world.jobs.jobs.values()
    assert job.archive is not None

    manifest = await only_manifest(user, f"/api/v1/archives/{job.archive.name}")

    (application,) = manifest["applications"]
    assert (application["external_references"], application["others"]) == ({"Open": 2}, 8)
    assert application["shared_nodes"] == 1
    assert [each["labels_or_types"] for each in application["indexes_and_constraints"]] == [["Object"]]


async def test_an_export_by_one_who_sees_all_is_as_ever(user: Asking) -> None:
    await admit(user.world.identity, make_key(text=user.world.keys["user"], user="admin"), {Role.ADMIN})
    path, body = EXPORTS["native"]
    await user.client.post(path, json=body, headers=user.world.as_("user"))
    await user.world.work()
    (job,) = user.world.jobs.jobs.values()
    assert job.archive is not None
    answer = await user.client.get(f"/api/v1/archives/{job.archive.name}", headers=user.world.as_("admin"))
    with zipfile.ZipFile(io.BytesIO(await answer.read())) as archive:
        (application,) = json.loads(archive.read("manifest.json"))["applications"]
        listed = archive.read("applications/1/references.jsonl").decode()
    assert application["external_references"] == {"": 2, "Open": 2, "ZyxwvutPayroll": 6}
    assert "others" not in application
    assert len(application["indexes_and_constraints"]) == 4
    assert "zyxwvut 4711" in listed


async def test_an_archive_with_counted_others_is_imported(user: Asking) -> None:
    path, body = EXPORTS["native"]
    await user.ask("POST", path, json=body)
    await user.world.work()
    (export,) = user.world.jobs.jobs.values()
    assert export.archive is not None
    wanted = {"database": "target", "archive": export.archive.name, "rename_labels": {"Object": "Thing"}}
    answer = await user.client.post("/api/v1/imports", json=wanted, headers=user.world.as_("admin"))
    assert answer.status == 202, await answer.text()
    await user.world.work()
    imported: Job = await user.world.jobs.get((await answer.json())["id"])
    assert (imported.status, imported.failure) == (Status.CLOSED, None)
    assert len(user.world.databases["target"].content("MyApp")) == 2


@pytest.fixture
def supervisor(client: Client, world: World) -> Asking:
    return Asking(client=client, world=world, caller="supervisor")


async def submit_all(client: Client, world: World) -> dict[str, Job]:
    """Have an administrator do everything to the hidden application, well and in vain; give the jobs."""
    hidden = [{"name": "ZyxwvutPayroll"}]
    requests: list[tuple[str, str, str, dict[str, Any]]] = [
        ("export", "POST", "exports", {"database": "source", "applications": hidden, "file_name": "zyxwvut.zip"}),
        ("export of a label", "POST", "exports", {"database": "source", "applications": [{"name": "ZyxwvutSalary"}]}),
        ("import", "POST", "imports", {"database": "target", "archive": "zyxwvut.zip", "import_as": "ZyxwvutSecond"}),
        ("label of another", "POST", "imports", {"database": "source", "archive": "zyxwvut-content.zip"}),
        ("key taken", "POST", "imports", {"database": "target", "archive": "zyxwvut-keys.zip"}),
        ("dry run", "POST", "imports", {"database": "source", "archive": "zyxwvut.zip", "dry_run": True}),
        ("inspection", "GET", "archives/zyxwvut.zip/inspect?database=source", {}),
        ("copy", "POST", "copies", copying("ZyxwvutThird")),
        ("deletion", "DELETE", "databases/target/applications/ZyxwvutTarget", {}),
    ]
    jobs, headers = {}, {**world.as_("admin"), "Prefer": "respond-async, wait=0"}
    for what, method, path, body in requests:
        answer = await client.request(method, f"/api/v1/{path}", json=body or None, headers=headers)
        assert answer.status == 202, (what, await answer.text())
        await world.work()
        jobs[what] = await world.jobs.get((await answer.json())["id"])
    return jobs


def copying(name: str) -> dict[str, Any]:
    choice = {"name": "ZyxwvutPayroll", "import_as": name}
    return {"from_database": "source", "to_database": "target", "applications": [choice], "dry_run": True}


CONTENT = make_archive("MyContent", label="ZyxwvutPayroll@7")
KEYS = make_archive("MyKeys", label="Object")


async def test_a_supervisor_sees_that_jobs_are_there_and_nothing_of_what_is_hidden(supervisor: Asking) -> None:
    world = supervisor.world
    world.archives.put("acme", "zyxwvut-content.zip", CONTENT)
    world.archives.put("acme", "zyxwvut-keys.zip", KEYS)
    world.databases["target"].add_node(["ZyxwvutPayroll@7", "Object"], {"name": "MyKeys", "zyxwvutDiffers": True})
    jobs = await submit_all(supervisor.client, world)
    codes = {what: job.failure.code for what, job in jobs.items() if job.failure is not None}
    assert codes == {"label of another": "CATALOGUE_CONTENT", "key taken": "KEY_TAKEN"}

    listed = await supervisor.ask("GET", "/api/v1/jobs?limit=50")
    assert [each["id"] for each in listed["jobs"]] == sorted((job.id for job in jobs.values()), reverse=True)
    for name in ("ZyxwvutPayroll", "ZyxwvutSecond"):
        assert await supervisor.ask("GET", f"/api/v1/jobs?application={name}") == {"jobs": [], "next_cursor": None}
    await supervisor.ask("GET", "/api/v1/overview")
    for kind in ("export", "import"):
        await supervisor.ask("GET", f"/acme/api/v4/{kind}/status")
    for what, job in jobs.items():
        told = await supervisor.ask("GET", f"/api/v1/jobs/{job.id}")
        assert (told["status"], told["failure"] and told["failure"]["code"]) == (job.status, codes.get(what))
        for method, path in (("GET", "log"), ("GET", "events"), ("GET", "inspection"), ("POST", "retry")):
            await supervisor.ask(method, f"/api/v1/jobs/{job.id}/{path}")
        await supervisor.ask("PATCH", f"/api/v1/jobs/{job.id}", json={"status": "cancelled"})
        for kind in ("export", "import"):
            await supervisor.ask("GET", f"/acme/api/v4/{kind}/{job.id}/status")


async def test_a_supervisor_is_told_of_what_is_visible_in_an_export_and_how_much_more_it_holds(
    supervisor: Asking,
) -> None:
    client, world = supervisor.client, supervisor.world
    both = {"database": "source", "applications": [{"name": "MyApp"}, {"name": "ZyxwvutPayroll"}]}
    for body in (EXPORTS["native"][1], both):
        assert (await client.post("/api/v1/exports", json=body, headers=world.as_("admin"))).status == 202
        await world.work()
    whole, part = world.jobs.jobs.values()

    told = await supervisor.ask("GET", f"/api/v1/jobs/{whole.id}")
    assert [each["name"] for each in told["summary"]["applications"]] == ["MyApp"]
    assert told["archive"]["name"] == whole.archive.name  # type: ignore[union-attr]
    assert (await supervisor.ask("GET", f"/acme/api/v4/export/{whole.id}/status"))["outputs"]["files"] == []
    told = await supervisor.ask("GET", f"/api/v1/jobs/{part.id}")
    assert [each["name"] for each in told["request"]["applications"]] == ["MyApp"]
    assert [each["name"] for each in told["summary"]["applications"]] == ["MyApp"]
    assert (told["summary"]["others"], told["archive"]) == (1, None)
    for job in (whole, part):
        assert (await client.get(f"/api/v1/jobs/{job.id}/log", headers=world.as_("supervisor"))).status == 403


READS = [
    "/api/v1/databases",
    "/api/v1/databases/source/applications?counts=true",
    "/api/v1/databases/target/applications?counts=true",
    "/api/v1/databases/source/applications/MyApp/schema",
    "/api/v1/databases/source/applications/Open/schema",
    "/api/v1/archives",
    "/api/v1/jobs",
    "/api/v1/grants",
    "/api/v1/overview",
    "/api/v1/me",
    "/api/v1/keys",
    "/api/v1/users",
    "/acme/api/v4/export/status",
    "/acme/api/v4/import/status",
    "/readyz",
    "/metrics",
]
REFUSED: list[tuple[str, str, Any]] = [
    ("POST", "/api/v1/exports", {"database": "source", "applications": [{"name": "Person"}]}),
    ("POST", "/api/v1/imports", {"database": "source", "archive": "own.zip"}),
    (
        "POST",
        "/api/v1/copies",
        {"from_database": "source", "to_database": "target", "applications": [{"name": "MyApp"}]},
    ),
    ("DELETE", "/api/v1/databases/source/applications/MyApp", None),
    ("POST", "/api/v1/grants", {"database": "source", "application": "MyApp", "user": "other"}),
    ("POST", "/imaging/etl/api/app/export", {"database": "source", "export_app": "Person"}),
    ("POST", "/imaging/etl/api/app/import", {"database": "source", "import_app": "own.zip"}),
    ("POST", "/acme/api/v4/export", {"inputs": {"folders": ["target"]}}),
    ("POST", "/acme/api/v4/export", {"inputs": {"services": ["source/Person", "source/MyApp[9]", "target/MyApp"]}}),
    ("POST", "/darwin/api/2.0/exportimport/export", {"exportRequestParameter": []}),
    ("POST", "/darwin/api/2.0/exportimport/import", {"exportPackage": ""}),
]


@pytest.mark.parametrize("caller", ["user", "supervisor"])
async def test_no_read_and_no_refusal_tells_of_what_is_hidden(client: Client, world: World, caller: str) -> None:
    asking = Asking(client=client, world=world, caller=caller)
    for path in READS:
        await asking.ask("GET", path)
    for method, path, body in REFUSED:
        await asking.ask(method, path, json=body)
    assert world.jobs.jobs == {}
