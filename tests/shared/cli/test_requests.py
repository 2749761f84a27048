"""Requests are repeated where that helps and harms nobody; nothing leads the key astray."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.support.command_line import CommandLine

ME = {"user": "ann", "tenant": "acme", "roles": [], "databases": [], "tenants": []}


@dataclass(slots=True, kw_only=True)
class Moody:
    """A server that gives the answers of a list, then good ones."""

    answers: list[web.Response]
    requests: list[web.Request] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append(request)
        return self.answers.pop(0) if self.answers else web.json_response(ME)


@asynccontextmanager
async def serving(moody: Moody, home: Path) -> AsyncIterator[CommandLine]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", moody.answer)
    async with TestServer(app) as server:
        yield CommandLine.at(str(server.make_url("")), "gf_key", home)


def later(status: int, seconds: str) -> web.Response:
    return web.json_response(
        {"code": "UNAVAILABLE", "detail": "Later."}, status=status, headers={"Retry-After": seconds}
    )


async def test_what_may_pass_is_asked_again_when_the_gateway_says(tmp_path: Path) -> None:
    moody = Moody(answers=[later(503, "0"), later(429, "1"), web.Response(status=502, text="<html>")])
    began = time.monotonic()
    async with serving(moody, tmp_path) as somebody:
        assert (await somebody("whoami")).code == 0
    assert len(moody.requests) == 4
    assert time.monotonic() - began >= 1


async def test_a_gateway_that_wants_much_patience_is_left_alone(tmp_path: Path) -> None:
    moody = Moody(answers=[later(503, "3600")])
    async with serving(moody, tmp_path) as somebody:
        ending = await somebody("whoami")
    assert (ending.code, len(moody.requests)) == (5, 1)
    assert "Later." in ending.messages


async def test_what_is_not_safe_to_repeat_is_not(tmp_path: Path) -> None:
    moody = Moody(answers=[later(503, "0")])
    async with serving(moody, tmp_path) as somebody:
        assert (await somebody("keys", "create")).code == 5
    assert len(moody.requests) == 1


async def test_a_redirect_does_not_get_the_key(tmp_path: Path) -> None:
    moody = Moody(answers=[web.Response(status=307, headers={"Location": "/elsewhere"})])
    async with serving(moody, tmp_path) as somebody:
        ending = await somebody("whoami")
    assert ending.code == 1
    assert "307" in ending.messages
    assert [request.path for request in moody.requests] == ["/api/v1/me"]


async def test_an_answer_that_is_no_json_is_named(tmp_path: Path) -> None:
    moody = Moody(answers=[web.Response(text="<html>Log in to the hotel</html>") for _ in range(9)])
    async with serving(moody, tmp_path) as somebody:
        ending = await somebody("whoami")
    assert ending.code == 5
    assert "no gateway" in ending.messages


@pytest.mark.parametrize("base", ["", "/base", "/base/"])
async def test_a_gateway_may_stand_below_a_path(tmp_path: Path, base: str) -> None:
    moody = Moody(answers=[])
    async with serving(moody, tmp_path) as somebody:
        url = somebody.environ["GRAPHFERRY_URL"].rstrip("/")
        assert (await somebody("whoami", "--url", f"{url}{base}", "--tenant", "acme")).code == 0
    (request,) = moody.requests
    assert request.path == f"{base.rstrip('/')}/api/v1/me"
    assert request.headers["Authorization"] == "Bearer gf_key"
    assert request.headers["x-tenant-name"] == "acme"


async def test_names_are_quoted_whole(tmp_path: Path) -> None:
    moody = Moody(answers=[web.Response(status=204), web.Response(status=204)])
    async with serving(moody, tmp_path) as somebody:
        assert (await somebody("archives", "delete", "a/b?c#d %2F ü.zip", "--yes")).code == 0
    assert moody.requests[0].raw_path == "/api/v1/archives/a%2Fb%3Fc%23d%20%252F%20%C3%BC.zip"
