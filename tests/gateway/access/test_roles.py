"""Every route, in every role, for its own tenant and for another's: the cells of one table, made from the routes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
import pytest

from gateway.openapi.operations import path_of
from gateway.openapi.refusals import list_refusals
from gateway.route import Access, Route
from gateway.routes import list_routes
from shared.identity import Role
from shared.ports.archives import Stray, StrayKind
from shared.settings.process import Settings
from tests.gateway.conftest import CALLERS, Client, World
from tests.gateway.dialects.native.test_jobs import submit
from tests.support.archives.small import make_archive

ROUTES = list_routes(Settings())
GUARDED = [route for route in ROUTES if route.access is not Access.PUBLIC]
WITH_THINGS = [route for route in GUARDED if "{" in route.path.replace("{tenant}", "")]
ZIP = make_archive("MyApp")
NOWHERE = "01a2038b-0f42-700b-b8a1-47b5e23c6bdf"
UNKNOWN = {
    "job_id": NOWHERE,
    "upload_id": NOWHERE,
    "stray_id": "0" * 32,
    "database": "nowhere",
    "name": "nothing.zip",
    "user": "nobody",
    "key_id": NOWHERE,
}
DECIDED_INSIDE = {"jobs.retry", "grants.create", "keys.list", "keys.create", "keys.rotate", "keys.remove"}
"""Whether these may be done depends on what they name."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """No worker answers here."""
    return settings.model_copy(update={"darwin_wait_seconds": 1})


TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
"""Likewise the same for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


async def ask(client: Client, world: World, route: Route, caller: str, things: Mapping[str, str]) -> Reply:
    path = re.sub(r"{(\w+)}", lambda place: {"tenant": "acme", **things}.get(place[1], "x"), path_of(route))
    headers = {**world.as_(caller), "X-Request-Id": "same", "traceparent": TRACE}
    if caller == "root":
        headers["x-tenant-name"] = "acme"
    headers |= {name: "1" for name, text in route.doc.headers.items() if text.startswith("!")}
    headers |= {"Tus-Resumable": "1.0.0"} if "Tus-Resumable" in headers else {}
    body = route.doc.body
    content = None if body is None else orjson.dumps(body.example) if body.example else b"{}"
    if body is not None:
        headers["Content-Type"] = body.media_types[0]
    async with client.request(route.method, path, headers=headers, data=content) as answer:
        is_stream = answer.content_type == "text/event-stream"
        return Reply(
            status=answer.status,
            headers={name: value for name, value in answer.headers.items() if name != "Date"},
            body=b"" if is_stream else await answer.read(),
        )


async def make_things(world: World, route: Route) -> dict[str, str]:
    """Make one of everything for the tenant acme."""
    world.archives.put("acme", "mine.zip", ZIP)
    job = await submit(world, "user")
    upload = await world.resources().uploads.create("acme", length=10, name="a.zip", number=True)
    stray = Stray(id="a" * 32, name="odd", kind=StrayKind.LINK, reason="linked")
    world.archives.strays["acme", stray.id] = stray
    keys = await world.identity.list_keys("acme")
    return {
        "job_id": job.id,
        "upload_id": upload.id,
        "stray_id": stray.id,
        "database": "source",
        "name": "acme" if "tenants" in route.path else "mine.zip",
        "user": "architect",
        "key_id": keys[0].id,
    }


def may(route: Route, caller: str) -> bool:
    roles = CALLERS[caller][1]
    if Role.SUPER_ADMIN in roles:
        return True
    return route.all_roles <= roles and (not route.roles or bool(route.roles & roles))


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.name)
async def test_a_cell(client: Client, world: World, route: Route, caller: str) -> None:
    reply = await ask(client, world, route, caller, UNKNOWN)
    if caller == "stranger" and "{tenant}" in route.path:
        assert reply.status == 404
    elif not may(route, caller):
        assert reply.status == 403
    elif route.name in DECIDED_INSIDE:
        assert reply.status not in {401, 500}
    else:
        assert reply.status not in {401, 403}
    assert reply.status in {*route.doc.answers, *list_refusals(route)}


@pytest.mark.parametrize("route", WITH_THINGS, ids=lambda route: route.name)
async def test_what_is_anothers_is_as_what_is_not(client: Client, world: World, route: Route) -> None:
    things = await make_things(world, route)
    anothers = await ask(client, world, route, "stranger", things)
    nothing = await ask(client, world, route, "stranger", UNKNOWN)
    assert anothers.status >= 400
    assert masked(anothers, things) == masked(nothing, UNKNOWN)


def masked(reply: Reply, things: Mapping[str, str]) -> Reply:
    """Leave out what the caller sent."""
    body = reply.body
    for thing in things.values():
        body = body.replace(thing.encode(), b"?")
    headers = {name: value for name, value in reply.headers.items() if name != "Content-Length"}
    return Reply(status=reply.status, headers=headers, body=body)
