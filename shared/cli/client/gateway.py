"""Speaks HTTP to a gateway: the only module of the command line that knows aiohttp."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import quote, urlencode

import aiohttp
import orjson
from yarl import URL

from shared.archive.manifest import TOOL_VERSION
from shared.cli.access import Access
from shared.cli.client.aiohttp_internals import never_repeat
from shared.cli.client.refusals import read_refusal
from shared.cli.client.retrying import repeat
from shared.cli.errors import AnswerError, UnreachableError, UsageError

Query: TypeAlias = Mapping[str, str | int | bool | Sequence[str] | None]

API: Final = "api/v1"
_CONNECT_SECONDS: Final = 10.0
_SILENT_SECONDS: Final = 60.0
"""A gateway that says nothing for this long has gone."""
READING_SECONDS: Final = 3600.0
"""Silence that is allowed where the gateway reads a whole archive first."""
_REPEATABLE: Final = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Methods of which two are as good as one: our PATCH sets fields to what it says."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer, its body still on the way."""

    status: int
    headers: Mapping[str, str]
    content: aiohttp.StreamReader

    async def read_json(self) -> Any:
        """Return the body; None where it is empty. Raises: UnreachableError where it is none of ours."""
        content = await self.content.read()
        try:
            return orjson.loads(content) if content else None
        except orjson.JSONDecodeError as error:
            raise UnreachableError("What answers is no gateway: the body is not JSON.") from error

    def chunks(self) -> AsyncIterator[bytes]:
        """Give the body as it comes."""
        return self.content.iter_any()


class Gateway:
    """A gateway as one caller sees it. Everything raises AnswerError or UnreachableError."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self.url = url

    async def ask(
        self,
        method: str,
        *path: str,
        query: Query | None = None,
        body: object = None,
        idempotency_key: str | None = None,
        version: str | None = None,
        prefer: str | None = None,
        silence: float = _SILENT_SECONDS,
    ) -> Any:
        """Send a request, again where that can do no harm; return the answer's JSON.

        With a version, what has another one by now is refused. What is preferred is said as in RFC 7240.
        """
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        if prefer is not None:
            headers["Prefer"] = prefer

        async def attempt() -> Any:
            async with self.open(method, *path, query=query, body=body, headers=headers, silence=silence) as answer:
                return await answer.read_json()

        return await repeat(attempt, is_repeatable=method in _REPEATABLE or idempotency_key is not None)

    async def delete(self, *path: str, query: Query | None = None) -> None:
        """Delete what a path names; where the answer to a first attempt was lost, its absence is as good."""
        was_lost = False

        async def attempt() -> None:
            nonlocal was_lost
            try:
                async with self.open("DELETE", *path, query=query):
                    return
            except UnreachableError:
                was_lost = True
                raise
            except AnswerError as error:
                if not (was_lost and error.status == 404):
                    raise

        await repeat(attempt)

    @asynccontextmanager
    async def open(
        self,
        method: str,
        *path: str,
        query: Query | None = None,
        body: object = None,
        data: AsyncIterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        silence: float = _SILENT_SECONDS,
    ) -> AsyncIterator[Answer]:
        """Send a request once: with a JSON body, or with data as it comes."""
        try:
            url = self._locate(path, query)
            content = data if body is None else orjson.dumps(body)
        except (UnicodeEncodeError, orjson.JSONEncodeError) as error:
            raise UsageError("What was given holds bytes that are no text.") from error
        with _failures_named(url):
            async with self._session.request(
                method,
                url,
                data=content,
                headers={**({} if body is None else {"Content-Type": "application/json"}), **(headers or {})},
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=silence),
                allow_redirects=False,  # what holds the key goes where the caller said, nowhere else
            ) as response:
                if response.status >= 300:
                    raise read_refusal(response.status, response.headers, await response.read())
                yield Answer(response.status, response.headers, response.content)

    def _locate(self, path: Sequence[str], query: Query | None) -> URL:
        quoted = "/".join(quote(part, safe="") for part in path)
        pairs = urlencode(list(_pairs(query or {})), quote_via=quote)
        return URL(f"{self.url}/{API}/{quoted}{f'?{pairs}' if pairs else ''}", encoded=True)


def _pairs(query: Query) -> Iterator[tuple[str, str]]:
    for name, value in query.items():
        match value:
            case None:
                pass
            case bool():
                yield name, str(value).lower()
            case str() | int():
                yield name, str(value)
            case _:
                yield from ((name, each) for each in value)


@contextmanager
def _failures_named(url: URL) -> Iterator[None]:
    try:
        yield
    except aiohttp.InvalidURL as error:
        raise UsageError(f"The gateway's address is wrong: {error}") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        reason = str(error) or type(error).__name__
        raise UnreachableError(f"The gateway at {url.origin()} does not answer: {reason}") from error


@asynccontextmanager
async def open_gateway(access: Access) -> AsyncIterator[Gateway]:
    """Open the way to a gateway; nothing is sent before the first request."""
    headers = {"User-Agent": f"graphferry/{TOOL_VERSION}"}
    if access.key is not None:
        headers["Authorization"] = f"Bearer {access.key}"
    if access.tenant is not None:
        headers["x-tenant-name"] = access.tenant
    async with aiohttp.ClientSession(headers=headers) as session:
        never_repeat(session)
        yield Gateway(session, access.url)
