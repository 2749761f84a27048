"""One database behind a driver: statements in, plain rows out, errors in our words."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from neo4j import (
    READ_ACCESS,
    AsyncDriver,
    AsyncGraphDatabase,
    AsyncResult,
    AsyncSession,
    AsyncTransaction,
    Auth,
    Query,
    Record,
    TrustCustomCAs,
    basic_auth,
    bearer_auth,
)
from neo4j.auth_management import ClientCertificate

from shared import failpoints
from shared.adapters.neo4j.admission import Admission
from shared.adapters.neo4j.answered import Answered
from shared.adapters.neo4j.cypher.catalogue import PROBE
from shared.adapters.neo4j.driver_internals import (
    LONGEST_MESSAGE,
    leaving_records_packed,
    prepare_connections,
    read_routing,
    taking_messages_of,
)
from shared.adapters.neo4j.server_errors import translated
from shared.adapters.neo4j.wire_values import HYDRATION
from shared.errors import DatabaseUnavailableError, GraphferryError
from shared.graph import OffsetDateTime
from shared.settings.databases import DatabaseSettings

CONNECTION_TIMEOUT_SECONDS = 5.0
"""How long a connection may take; a server that is there answers in milliseconds."""

TRANSACTION_TIMEOUT_SECONDS = 30.0
"""The server ends a write transaction after this, so that a dead worker holds no locks for longer."""

RECORDS_AHEAD = 8
"""Streamed records, a batch each, that may wait in memory; the driver's default of 1 000 would hold a whole graph."""

RECORD_BYTES = 8 * 1024**2
"""What a streamed record may have: it holds rows by the thousand, each of which may be long, and several wait."""

_UNFIT = (AttributeError, LookupError, TypeError, ValueError)
"""What a driver raises that has no place for our way to read and write values."""

PROBED = OffsetDateTime(946_684_800, 0, 0)
"""What PROBE returns, as the wire carries it."""

Row = list[Any]


async def _take_all(result: AsyncResult) -> list[Row]:
    rows = await result.values()
    await _let_go(result)
    return rows


async def _take_next(records: AsyncIterator[Record], record_bytes: int | None) -> Record | None:
    with taking_messages_of(record_bytes):
        return await anext(records, None)


async def _let_go(result: AsyncResult) -> None:
    """Let what was sent go at once: it would wait, in a cycle of the driver's objects, for the garbage collector."""
    if (sent := (await result.consume()).parameters) is not None:
        sent.clear()


class Transaction:
    """An explicit write transaction; leaving it without commit takes everything back."""

    def __init__(self, transaction: AsyncTransaction, database: str) -> None:
        self._transaction = transaction
        self._database = database

    async def run(self, statement: str, parameters: Mapping[str, Any]) -> list[Row]:
        """Run a statement and return all its rows."""
        with translated(self._database):
            return await _take_all(await self._transaction.run(statement, dict(parameters)))

    async def commit(self) -> None:
        """Commit. Raises: RepeatableError also when the outcome is unknown."""
        with translated(self._database), failpoints.around("commit"):
            await self._transaction.commit()


class _Once:
    """Work that must have been done once, before anything else."""

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self._work = work
        self._working = asyncio.Lock()
        self._is_done = False
        self._failure: GraphferryError | None = None

    async def require(self) -> None:
        """Do the work unless it has been done; whoever asks meanwhile waits, and shares the outcome.

        Raises: what the work raises; it is done again for whoever asks next.
        """
        if self._is_done:
            return
        known = self._failure
        async with self._working:
            if self._is_done:
                return
            if self._failure is not None and self._failure is not known:
                raise _copy(self._failure)
            try:
                await self._work()
            except GraphferryError as error:
                # A copy: an error that was raised holds on to all that its callers had in hand.
                self._failure = _copy(error)
                raise
            self._is_done, self._failure = True, None


def _copy(error: GraphferryError) -> GraphferryError:
    return type(error)(error.message)


class Connection:
    """A pool of connections to one database; before its first statement it checks the driver and the server."""

    def __init__(self, driver: AsyncDriver, name: str, database: str, *, is_routed: bool = False) -> None:
        self.name = name
        self._driver = driver
        self.database = database
        self.is_routed = is_routed
        """Whether there may be several members, one of which takes writes."""
        self._checked = _Once(self._check)
        self._admission = Admission(name)
        self._answered = Answered()
        self._of_sessions: Mapping[str, Any] = {}
        self._of_readings: Mapping[str, Any] = {}

    def chained(self, *, from_replicas: bool = False) -> Connection:
        """Give the same pool with sessions each of which sees, on any member, what those before it saw and did.

        `from_replicas`: `run` and `stream` only read, and ask members that take no writes, where there are any.
        """
        chained = copy.copy(self)
        vars(chained).update(
            _answered=Answered(),
            _of_sessions={"bookmark_manager": AsyncGraphDatabase.bookmark_manager()},
            _of_readings={"default_access_mode": READ_ACCESS} if from_replicas else {},
        )
        return chained

    async def run(
        self,
        statement: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        record_bytes: int | None = None,
        packed: bool = False,
    ) -> list[Row]:
        """Run a statement in a transaction of its own and return all its rows. Raises: RecordTooLongError."""
        rows = self.stream(statement, parameters or {}, records_ahead=1000, record_bytes=record_bytes, packed=packed)
        return [row async for row in rows]

    async def stream(
        self,
        statement: str,
        parameters: Mapping[str, Any],
        *,
        records_ahead: int = RECORDS_AHEAD,
        record_bytes: int | None = RECORD_BYTES,
        packed: bool = False,
    ) -> AsyncGenerator[Row, None]:
        """Stream the rows of a reading statement, few at a time in memory; None: of any length that we take.

        `packed`: the only value of each row stays the bytes that came.

        Raises: RecordTooLongError.
        """
        with self._asking():
            async with self._open_session(fetch_size=records_ahead, **self._of_readings) as session:
                with leaving_records_packed(packed):
                    result = await session.run(Query(statement), dict(parameters))
                self._answered.note()
                records = aiter(result)
                while (record := await _take_next(records, record_bytes)) is not None:
                    yield list(record)
                await _let_go(result)

    async def write(self, statement: str, parameters: Mapping[str, Any], metadata: Mapping[str, Any]) -> list[Row]:
        """Run a statement that is a whole write transaction, in one round trip; return all its rows.

        Raises: RepeatableError also when the outcome is unknown.
        """
        query = Query(statement, metadata=dict(metadata), timeout=TRANSACTION_TIMEOUT_SECONDS)
        with self._asking(), failpoints.around("commit"):
            async with self._open_session() as session:
                return await _take_all(await session.run(query, dict(parameters)))

    async def read_bookmarks(self) -> frozenset[str]:
        """Return the bookmarks after an empty read where writes go: they move with every commit of the database."""
        with self._asking():
            async with self._open_session() as session:
                await (await session.run("RETURN 1")).consume()
                return frozenset((await session.last_bookmarks()).raw_values)

    def read_routing(self) -> tuple[Sequence[str], Sequence[str]]:
        """Return the addresses of members that take writes, and that serve reads, as of the last statement."""
        return read_routing(self._driver, self.database) if self.is_routed else ((), ())

    @asynccontextmanager
    async def transaction(self, metadata: Mapping[str, Any]) -> AsyncIterator[Transaction]:
        """Open a write transaction that carries metadata for SHOW TRANSACTIONS."""
        with self._asking():
            async with (
                self._open_session() as session,
                await session.begin_transaction(
                    metadata=dict(metadata), timeout=TRANSACTION_TIMEOUT_SECONDS
                ) as transaction,
            ):
                yield Transaction(transaction, self.name)
                if not transaction.closed():
                    await transaction.rollback()  # the driver would commit it

    @contextmanager
    def _asking(self) -> Iterator[None]:
        with self._answered.asking(), self._admission.asking(), translated(self.name):
            yield

    @asynccontextmanager
    async def _open_session(self, **options: Any) -> AsyncIterator[AsyncSession]:
        await self._checked.require()
        async with self._driver.session(database=self.database, **self._of_sessions, **options) as session:
            yield session

    async def _check(self) -> None:
        """Ask for a value, in one round trip.

        Raises: DatabaseUnavailableError where values do not come as the wire carries them; what `translated` raises.
        """
        try:
            with self._asking():
                async with self._driver.session(database=self.database) as session:
                    rows = await _take_all(await session.run(PROBE))
        except _UNFIT as error:
            raise self._refuse() from error
        if rows != [[PROBED]]:
            raise self._refuse()

    def _refuse(self) -> DatabaseUnavailableError:
        return DatabaseUnavailableError(
            f"Database {self.name!r}: this Neo4j driver does not hand over values as the wire carries them; "
            "install the locked version."
        )


@asynccontextmanager
async def open_connection(
    name: str, settings: DatabaseSettings, *, value_bytes: int = LONGEST_MESSAGE // 2
) -> AsyncIterator[Connection]:
    """Open the pool of a database; the first connection is made by the first statement.

    Its records may have twice what one value may, or by default. Raises: TransferError for an address that is none.
    """
    with translated(name):
        driver = AsyncGraphDatabase.driver(
            auth=_make_auth(settings),
            **_make_tls(settings),
            connection_timeout=CONNECTION_TIMEOUT_SECONDS,
            connection_acquisition_timeout=2 * CONNECTION_TIMEOUT_SECONDS,
            notifications_min_severity="OFF",
            user_agent="graphferry",
            telemetry_disabled=True,
        )
    async with driver:
        prepare_connections(driver, HYDRATION, max(LONGEST_MESSAGE, 2 * value_bytes))
        yield Connection(driver, name, settings.database, is_routed=settings.is_routed)


def _make_auth(settings: DatabaseSettings) -> Auth | None:
    if settings.auth == "none":
        return None
    if settings.auth == "bearer":
        return bearer_auth(settings.token.get_secret_value() if settings.token else "")
    return basic_auth(settings.user, settings.password.get_secret_value())


def _make_tls(settings: DatabaseSettings) -> dict[str, Any]:
    """Return the address and the files of TLS as the driver takes them: authorities of ours only without +s."""
    options: dict[str, Any] = {"uri": settings.uri}
    if settings.ca_file is not None:
        options["uri"] = settings.uri.replace("+s://", "://", 1)
        options |= {"encrypted": True, "trusted_certificates": TrustCustomCAs(str(settings.ca_file))}
    if settings.cert_file is not None:
        key = None if settings.key_file is None else str(settings.key_file)
        options["client_certificate"] = ClientCertificate(str(settings.cert_file), key)
    return options
