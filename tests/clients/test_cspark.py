"""The platform's own client package, unmodified, does its whole work against us."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from cspark.sdk import AsyncClient, BaseUrl, Client, SparkError  # type: ignore[import-untyped]

from tests.support.comparer import compare
from tests.support.holding import workers_held
from tests.support.stacks.stacks import Stack

POLLING = {"max_retries": 12, "retry_interval": 0.02}
"""The waits grow by the power of two: a minute in the end."""

CREDENTIALS = ("key", "oauth", "token")


def config(stack: Stack, credentials: str, user: str = "admin", tenant: str = "acme") -> dict[str, Any]:
    key = stack.ready["tenants"]["acme"]["keys"][user]
    shown: dict[str, dict[str, Any]] = {
        "key": {"api_key": key},
        "oauth": {"oauth": {"client_id": user, "client_secret": key}},
        "token": {"token": key},
    }
    base_url = BaseUrl(url=stack.ready["gateway"], tenant=tenant)
    return {"base_url": base_url, "timeout": 60_000, "logger": False, **shown[credentials]}


def names_in(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return archive.namelist()


@contextmanager
def refused_upload(client: Any, *words: str) -> Iterator[None]:
    """Expect an answer to an upload: the client receives it, then stumbles over its own request, already streamed."""
    answers: list[httpx.Response] = []
    client.http_client.event_hooks = {"response": [answers.append]}
    with pytest.raises(httpx.RequestNotRead):
        yield
    client.http_client.event_hooks = {}
    body = answers[-1].json()
    assert [word for word in words if word not in str(list(body.values()))] == [], body


@contextmanager
def refused(*words: str) -> Iterator[None]:
    """Expect an answer that says all of this."""
    with pytest.raises(SparkError) as caught:
        yield
    body = json.loads(caught.value.cause.response.body)
    assert [word for word in words if word not in str(list(body.values()))] == [], body


def finished(client: Any, kind: str, started: Any) -> dict[str, Any]:
    status: dict[str, Any] = getattr(client.impex, kind).get_status(job_id=started.data["id"], **POLLING).data
    return status


@pytest.fixture(params=CREDENTIALS)
def client(stack: Stack, request: pytest.FixtureRequest) -> Iterator[Any]:
    with Client(**config(stack, request.param)) as opened:
        yield opened


def test_export_poll_download(client: Any) -> None:
    started = client.impex.exports.initiate(
        services=["left/Shop[3.2]"], version_filter="all", source_system="ci", correlation_id="c-1"
    )
    status = finished(client, "exports", started)
    assert (status["source_system"], status["correlation_id"], status["errors"]) == ("ci", "c-1", None)
    assert [each["service_uri_source"] for each in status["outputs"]["service_versions"]] == ["left/Shop[3.2.1]"]
    (file,) = status["outputs"]["files"]
    (download,) = client.impex.exports.download(file["file"])
    assert hashlib.sha256(download.buffer).hexdigest() == file["file_hash"]
    assert names_in(download.buffer) == ["manifest.json", "applications/1/graph.graphml"]
    assert hashlib.sha256(Client.download(file["file"])).hexdigest() == file["file_hash"]
    assert client.files.download(file["file"]).buffer == download.buffer


def test_one_call_for_all_with_its_defaults(client: Any) -> None:
    for selected in ({"folders": ["left"]}, {"services": ["left/Shop"]}):
        (download,) = client.impex.exp(**selected, **POLLING)
        assert names_in(download.buffer) == ["manifest.json", "applications/1/graph.graphml"]


def test_a_version_needs_the_filter_all(client: Any) -> None:
    # Where nothing else is said the client sends `latest`, which goes with no named version.
    with refused("INVALID_REQUEST", "send version_filter 'all'"):
        client.impex.exp(services=["left/Shop[3.2.0]"], **POLLING)
    assert len(client.impex.exp(services=["left/Shop[3.2.0]"], version_filter="all", **POLLING)) == 1


def test_import_as_the_client_does_it(client: Any, stack: Stack, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["client"]
    (download,) = client.impex.exp(services=["left/Shop"], **POLLING)
    mapping = {"source": "left/Shop", "target": f"right/{name}", "upgrade": "patch"}
    added = client.impex.imp(mapping, io.BytesIO(download.buffer), **POLLING).data
    assert [each["status"] for each in added["outputs"]["services"]] == ["added"]
    assert compare(stack.place("left", "Shop@3.20.0"), stack.place("right", name)) == []

    grown = client.impex.imp(mapping, io.BytesIO(download.buffer), **POLLING).data
    (version,) = grown["outputs"]["service_versions"]
    assert (version["status"], version["service_uri_destination"]) == ("version_added", f"right/{name}[3.20.1]")
    assert compare(stack.place("left", "Shop@3.20.0"), stack.place("right", f"{name}@3.20.1")) == []

    with refused_upload(client, "APPLICATION_EXISTS", "already exists"):
        client.impex.imp(mapping, io.BytesIO(download.buffer), if_present="abort", **POLLING)
    skipped = client.impex.imp(mapping, io.BytesIO(download.buffer), if_present="skip", **POLLING).data
    assert [each["status"] for each in skipped["outputs"]["services"]] == ["skipped"]
    replaced = client.impex.imp(mapping, io.BytesIO(download.buffer), if_present="replace", **POLLING).data
    assert [each["status"] for each in replaced["outputs"]["services"]] == ["replaced"]


def test_cancel_and_describe(client: Any, stack: Stack) -> None:
    with workers_held(stack):
        started = client.impex.exports.initiate(folders=["left"])
        listed = client.impex.exports.describe().data
        assert [each["id"] for each in listed["in_progress_exports"]] == [started.data["id"]]
        assert listed["tenant"]["status"]["export_api_jobs_in_progress"] == 1
        with refused("JOB_LIMIT_REACHED", started.data["id"], started.data["status_url"]):
            client.impex.exports.initiate(folders=["left"])
        assert client.impex.exports.cancel(started.data["id"]).data["status"] == "cancelled"
        assert client.impex.exports.cancel(started.data["id"]).status == 200
    listed = client.impex.exports.describe().data
    assert listed["in_progress_exports"] == []
    assert listed["recent_exports"][0]["data"]["export_status"] == "cancelled"
    assert client.impex.imports.describe().data["in_progress_imports"] == []


def test_another_tenant_is_unknown(stack: Stack) -> None:
    with Client(**config(stack, "key", tenant="globex")) as client, refused("NOT_FOUND", "Tenant 'globex' is unknown"):
        client.impex.exports.describe()
    with Client(**config(stack, "oauth", tenant="globex")) as client, pytest.raises(SparkError, match="access token"):
        client.impex.exports.describe()


def test_a_large_upload_is_refused_with_an_answer(stack: Stack) -> None:
    with Client(**config(stack, "key", "user")) as client, refused_upload(client, "FORBIDDEN", "importer"):
        client.impex.imp("left/Shop", io.BytesIO(b"x" * 20_000_000), **POLLING)


@pytest.mark.parametrize("credentials", CREDENTIALS)
async def test_the_asynchronous_client(stack: Stack, credentials: str) -> None:
    name = f"async-{credentials}"
    async with AsyncClient(**config(stack, credentials)) as client:
        (download,) = await client.impex.exp(folders=["left"], **POLLING)
        mapping = {"source": "left/Shop", "target": f"right/{name}"}
        # The client sends the whole file at once, in whatever way its transport has.
        imported = await client.impex.imp(mapping, io.BytesIO(download.buffer), **POLLING)
        assert [each["status"] for each in imported.data["outputs"]["services"]] == ["added"]
        described = await client.impex.describe(as_json=True)
        assert described["exports"]["recent_exports"][0]["data"]["created_by"] == "admin"
        assert described["imports"]["recent_imports"][0]["id"] == imported.data["id"]
        with workers_held(stack):
            started = await client.impex.exports.initiate(folders=["left"])
            cancelled = await client.impex.exports.cancel(started.data["id"])
            assert cancelled.data["status"] == "cancelled"
    assert await asyncio.to_thread(compare, stack.place("left", "Shop@3.20.0"), stack.place("right", name)) == []
