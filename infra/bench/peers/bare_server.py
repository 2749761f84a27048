"""The yardstick for requests: an aiohttp server that answers one JSON text and does nothing else."""

from __future__ import annotations

import sys

import uvloop
from aiohttp import web


async def make_application(body: bytes) -> web.Application:
    """Answer every GET with the body."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    return application


def main() -> None:
    """Serve on the loopback port of the first word, with the standard input as the body."""
    body = sys.stdin.buffer.read()
    web.run_app(
        make_application(body),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        print=None,
        access_log=None,
        loop=uvloop.new_event_loop(),
    )


if __name__ == "__main__":
    main()
