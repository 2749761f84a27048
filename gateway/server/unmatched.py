"""Answers requests that match no route, and expectations of a caller before the body."""

from __future__ import annotations

from aiohttp import HttpVersion11, hdrs, web


async def answer_expectation(request: web.Request) -> None:
    """Let a caller go on who waits for that before the body is sent; any other expectation is passed over."""
    if request.version == HttpVersion11 and request.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # not a part of the answer


async def refuse_unmatched(request: web.Request) -> web.StreamResponse:
    """Tell that nothing is here, or which methods are allowed. Raises: HTTPNotFound, HTTPMethodNotAllowed."""
    allowed: set[str] = set()
    for resource in request.app.router.resources():
        allowed |= (await resource.resolve(request))[1]
    allowed.discard(hdrs.METH_ANY)
    if allowed:
        raise web.HTTPMethodNotAllowed(request.method, allowed)
    raise web.HTTPNotFound
