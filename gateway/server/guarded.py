"""Connections as the server makes them: each with a place, times for its caller, and answers of our own."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from typing_extensions import override

from gateway.http_errors import SlowRequestError
from gateway.server.aiohttp_internals import awaits_request, has_begun_to_answer, lacks_body
from gateway.server.guard import Guard
from gateway.server.places import peer_of
from gateway.server.refusing import HEAD_BYTES, Refusal, headers_too_large, tell_fault, to_bytes
from gateway.server.taking import TakingWatch
from shared.errors import GraphferryError

HEAD_SECONDS = 15.0
"""How long the head of a request may take from its first byte, and a new connection to send one."""


HALF_CLOSED_SECONDS = 2.0
"""How long a caller that has closed its half waits for an answer to begin: most that close are gone."""
_LOOK_SECONDS = 0.05


class GuardedServer(web.Server):
    """Makes a guarded connection for each that is accepted."""

    def __init__(self, plain: web.Server, guard: Guard, handling: dict[str, Any]) -> None:
        super().__init__(
            plain.request_handler,
            request_factory=plain.request_factory,
            handler_cancellation=plain.handler_cancellation,
        )
        self._guard = guard
        self._handling = handling

    @override
    def __call__(self) -> web.RequestHandler:
        return GuardedConnection(self, self._guard, self._handling)


class GuardedConnection(web.RequestHandler):
    """Lets requests through to the application, and nothing else."""

    def __init__(self, server: web.Server, guard: Guard, handling: dict[str, Any]) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **handling)
        self._guard = guard
        self._peer: str | None = None
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._taking: TakingWatch | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = peer_of(transport)
        try:
            self._guard.places.take(peer)
        except GraphferryError as error:
            refusal = Refusal(self._guard, error)
            cast("asyncio.Transport", transport).set_protocol(refusal)
            refusal.connection_made(transport)
            return
        self._peer = peer
        super().connection_made(transport)
        self._taking = TakingWatch(cast("asyncio.Transport", transport), self._guard.reader_seconds)
        self._begin_head()

    @override
    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        self._end_head()
        if self._taking is not None:
            self._taking.end()
        if self._peer is not None:
            self._guard.places.leave(self._peer)
            self._peer = None

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not awaits_request(self):
            self._end_head()
        elif data.strip():  # empty lines between requests are passed over
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse(headers_too_large())
            elif self._head_timer is None:
                self._begin_head()

    @override
    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep a connection open for the answer to whoever has said all it has to say, and closed its half."""
        self._look_at_half(until=asyncio.get_running_loop().time() + HALF_CLOSED_SECONDS)
        return self.transport is not None and not self.transport.is_closing()

    def _look_at_half(self, until: float) -> None:
        """Close once nothing is left to answer, or nothing can be."""
        loop = asyncio.get_running_loop()
        if self.transport is None or self.transport.is_closing():
            return
        is_late = loop.time() >= until and not has_begun_to_answer(self)
        if is_late or awaits_request(self) or lacks_body(self):
            self.transport.close()
        else:
            loop.call_later(_LOOK_SECONDS, self._look_at_half, until)

    @override
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what the library would answer in its own words."""
        if isinstance(exc, HttpProcessingError) and request.writer.output_size == 0:
            error = tell_fault(exc)
        else:
            super().handle_error(request, status, exc, message)  # logs it, and breaks off an answer that has begun
            error = GraphferryError("An internal error; the log has more.")
        answer = self._guard.answer(error)
        answer.force_close()
        return answer

    def _begin_head(self) -> None:
        self._head_timer = asyncio.get_running_loop().call_later(HEAD_SECONDS, self._give_up)

    def _end_head(self) -> None:
        self._head_bytes = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        """Close; whoever has not begun a request may send one at this moment, and would take an answer for its own."""
        if self._head_bytes > 0:
            self._refuse(SlowRequestError(f"The head of the request did not arrive within {HEAD_SECONDS:.0f} seconds."))
        else:
            self.force_close()

    def _refuse(self, error: GraphferryError) -> None:
        if self.transport is not None:
            self.transport.write(to_bytes(self._guard.answer(error)))
        self.force_close()
