"""A tenant's own limits bite where they are below those of the settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from aiohttp import FormData

from shared.identity import TenantLimits
from shared.jobs.requests import ExportRequest
from tests.gateway.conftest import Client, World
from tests.support.archives.small import make_archive

ARCHIVE = make_archive("New")
EXPORT = {"database": "source", "export_app": "MyApp"}


async def limit(world: World, **limits: int) -> None:
    await world.identity.change_tenant("acme", lambda tenant: replace(tenant, limits=TenantLimits(**limits)))


async def export(client: Client, world: World) -> Any:
    return await client.post("/imaging/etl/api/app/export", json=EXPORT, headers=world.as_("user"))


async def test_fewer_jobs_wait(client: Client, world: World) -> None:
    await limit(world, waiting_jobs=1)
    assert [(await export(client, world)).status for _ in range(4)] == [200, 200, 503, 503]
    assert "1 jobs of tenant 'acme'" in (await (await export(client, world)).json())["error"]["message"]


async def test_more_jobs_wait(client: Client, world: World) -> None:
    await limit(world, waiting_jobs=30)
    assert {(await export(client, world)).status for _ in range(31)} == {200}
    assert (await export(client, world)).status == 503


async def test_smaller_archives_are_taken(client: Client, world: World) -> None:
    for size, status in ((len(ARCHIVE) - 1, 413), (len(ARCHIVE), 201)):
        await limit(world, max_archive_bytes=size)
        response = await client.put("/api/v1/archives/New.zip", data=ARCHIVE, headers=world.as_("admin"))
        assert response.status == status, await response.text()


async def test_the_limit_of_the_settings_stays_above(client: Client, world: World) -> None:
    await limit(world, max_archive_bytes=10**12)
    response = await client.put("/api/v1/archives/New.zip", data=b"x" * 100_001, headers=world.as_("admin"))
    assert response.status == 413


async def test_smaller_archives_come_with_an_import(client: Client, world: World) -> None:
    await limit(world, max_archive_bytes=len(ARCHIVE) - 1)
    form = FormData()
    form.add_field("importRequestEntity", '{"inputs": {"services_modify": [{"service_uri_source": "source/New"}]}}')
    form.add_field("file", ARCHIVE, filename="package.zip")
    response = await client.post("/acme/api/v4/import", data=form, headers=world.as_("admin"))
    assert (response.status, (await response.json())["code"]) == (413, "TOO_LARGE")


@pytest.mark.parametrize(
    ("path", "body", "most"),
    [
        ("/imaging/etl/api/app/export", EXPORT, 5000),
        ("/api/v1/exports", {"database": "source", "applications": [{"name": "MyApp"}]}, 5000),
        ("/acme/api/v4/export", {"inputs": {"services": ["source/MyApp"]}}, 5000),
    ],
)
async def test_smaller_archives_are_made(client: Client, world: World, path: str, body: Any, most: int) -> None:
    await limit(world, max_archive_bytes=most)
    response = await client.post(path, json=body, headers=world.as_("user"))
    assert response.status < 300, await response.text()
    (job,) = world.jobs.jobs.values()
    assert isinstance(job.request, ExportRequest)
    assert job.request.max_bytes == most


async def test_what_cannot_fit_is_refused_at_once(client: Client, world: World) -> None:
    await limit(world, max_archive_bytes=1)
    body = {"inputs": {"services": ["source/MyApp"]}}
    response = await client.post("/acme/api/v4/export", json=body, headers=world.as_("user"))
    assert (response.status, (await response.json())["code"]) == (413, "TOO_LARGE")
