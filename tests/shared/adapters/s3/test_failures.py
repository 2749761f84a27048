"""Whatever an object store answers becomes an error that says what to do, and never an internal one."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from infra.engines.ports import LOOPBACK, choose_port
from shared.adapters.s3.archives import S3Archives
from shared.adapters.s3.bucket import Bucket
from shared.errors import ArchivesForbidError, BucketUnknownError, GraphferryError, UnavailableError
from tests.support.object_stores import make_scene, open_test_bucket

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(answer: Answer, options: str = "") -> AsyncIterator[Bucket]:
    """Open a bucket of a store that answers so."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    port = choose_port()
    await web.TCPSite(runner, LOOPBACK, port).start()
    address = f"s3://ferry/p?endpoint=http://{LOOPBACK}:{port}&region=eu-west-1&path_style=yes{options}"
    async with open_test_bucket(address) as bucket:
        yield bucket
    await runner.cleanup()


def refusing(status: int, code: str) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        del request
        text = f"<Error><Code>{code}</Code><Message>told so</Message></Error>"
        return web.Response(status=status, text=text, content_type="application/xml")

    return answer


def open_at(bucket: Bucket, scratch: Path) -> S3Archives:
    """Open the archives at the address that the bucket has."""
    return replace(make_scene(bucket, scratch), bucket=bucket).open_archives()


@pytest.mark.parametrize("code", ["AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"])
async def test_a_right_that_is_missing_is_named_with_its_object(code: str, tmp_path: Path) -> None:
    async with answering(refusing(403, code)) as bucket:
        with pytest.raises(ArchivesForbidError, match=f"forbids s3:ListBucket on s3://ferry/p/pins/acme.*{code}"):
            await open_at(bucket, tmp_path).list_archives("acme")
        with pytest.raises(ArchivesForbidError, match="forbids s3:PutObject on s3://ferry/p/a"):
            await bucket.put("a", b"x")
        fault = (await open_at(bucket, tmp_path).try_root()).fault
        assert fault is not None
        assert "s3:PutObject" in fault


async def test_a_bucket_that_is_missing_is_named(tmp_path: Path) -> None:
    async with answering(refusing(404, "NoSuchBucket")) as bucket:
        with pytest.raises(BucketUnknownError, match="no bucket of the name in s3://ferry/p/pins/acme/"):
            await open_at(bucket, tmp_path).list_archives("acme")


@pytest.mark.parametrize(("status", "code"), [(503, "SlowDown"), (500, "InternalError"), (400, "EntityTooLarge")])
async def test_what_is_refused_for_now_is_tried_again_within_bounds(status: int, code: str, tmp_path: Path) -> None:
    asked = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        return await refusing(status, code)(request)

    async with answering(answer) as bucket:
        with pytest.raises(UnavailableError, match=rf"{code}: told so\). Try again later"):
            await open_at(bucket, tmp_path).list_archives("acme")
    assert asked == (4 if status >= 500 else 1)


async def test_a_store_that_is_slow_for_a_moment_answers_in_the_end(tmp_path: Path) -> None:
    left = 2

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal left
        left -= 1
        if left >= 0:
            return await refusing(503, "SlowDown")(request)
        text = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
        return web.Response(text=text, content_type="application/xml")

    async with answering(answer) as bucket:
        assert await open_at(bucket, tmp_path).list_archives("acme") == []


async def test_answers_that_are_none_are_no_internal_error(tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.Response:
        del request
        return web.Response(text="<html>", content_type="text/html", headers={"Last-Modified": "never"})

    async with answering(answer) as bucket:
        archives = open_at(bucket, tmp_path)
        for work in (archives.list_archives("acme"), archives.get("acme", "a.zip"), archives.read_clock()):
            with pytest.raises(GraphferryError) as caught:
                await work
            assert isinstance(caught.value, UnavailableError)


async def test_a_body_that_breaks_off_is_no_internal_error(tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        headers = {"ETag": '"x"', "Last-Modified": "Mon, 30 Nov 2026 10:00:00 GMT", "Content-Length": "1000"}
        response = web.StreamResponse(status=200 if request.method == "HEAD" else 206, headers=headers)
        await response.prepare(request)
        if request.method == "GET":
            await response.write(b"x" * 10)
            assert request.transport is not None
            request.transport.close()
        return response

    async with answering(answer) as bucket:
        with pytest.raises(UnavailableError, match="does not answer as it should"):
            async with open_at(bucket, tmp_path).open_local("acme", "a.zip"):
                pass


async def test_a_store_that_is_not_there_is_told_of_soon(tmp_path: Path) -> None:
    address = f"s3://ferry/p?endpoint=http://{LOOPBACK}:{choose_port()}&region=eu-west-1&path_style=yes"
    async with open_test_bucket(address) as bucket:
        begun = time.monotonic()
        fault = (await open_at(bucket, tmp_path).try_root()).fault
        assert fault is not None
        assert "does not answer as it should" in fault
        assert time.monotonic() - begun < 60


async def test_credentials_that_are_missing_are_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with answering(refusing(500, "InternalError")) as bucket:
        monkeypatch.setattr(bucket._client._request_signer, "_credentials", None)
        with pytest.raises(ArchivesForbidError, match="AWS_ACCESS_KEY_ID"):
            await open_at(bucket, tmp_path).list_archives("acme")
