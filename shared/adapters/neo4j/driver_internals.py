"""What we use of the driver neo4j 6.4.1 that is not public.

- `neo4j._codec.packstream.Structure`, `neo4j._codec.hydration.DehydrationHooks`: values as the wire carries them, and
  how to write values of our own classes. Without them values go through the driver's classes, which lose some.
- `AsyncDriver._pool.opener`, and `hydration_handler` of the connections that it opens: where our way to read and write
  values takes the place of the driver's. Without the opener no process starts; without the handler `Connection` refuses
  every statement.
- `routing_tables` of the pool of a driver for a cluster, with `readers` and `writers` of each: who leads, for
  whoever asks. Without them no members are told.
- `socket` of a connection, with `sendall`, `at_eof`, `_reader` and `_writer`: how the driver learns that a connection
  was reset. Without the first two a statement on such a connection fails although another connection would do; without
  the others no connection opens.
- `_buffer` and `_limit` of a stream of asyncio: what has arrived, which needs no waiting, and how much of it may wait.
  Without them no connection opens.
- `inbox._buffer` of a connection with its `used` and `data`, and `recv_into` of its socket: how much of a message has
  arrived. Without them no connection opens.
- `inbox._unpacker` of a connection with its `unpack`, and `p` of its buffer: where a record's bytes are taken as they
  are. Without them no connection opens. `Unpacker`, `UnpackableBuffer`: the driver's way to read one of its values.
- `outbox._packer` of a connection with its `_pack`, `_pack_map_header` and `_write`: where a parameter that is packed
  already is written as it is. Without them no connection opens. `Packer`, `PackableBuffer`: the driver's way to write
  one of our values.
- `AsyncBolt.protocol_handlers` and `UNPACKER_CLS` of each, with its `unpack`, `unpack_structure_header` and
  `unpackable`: where a message is looked at before it is read. Without the first two no process starts; without the
  others damage of a message ends the process.
- `reset` of a connection, which the driver calls before it tells of a failure: what else the server refuses meanwhile
  would be told in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from neo4j import AsyncDriver
from neo4j._async.io import AsyncBolt
from neo4j._codec.hydration import DehydrationHooks
from neo4j._codec.packstream import Structure
from neo4j._codec.packstream._common import PackableBuffer, UnpackableBuffer
from neo4j._codec.packstream.v1 import Packer, Unpacker
from neo4j.exceptions import Neo4jError

from shared.adapters.neo4j.passing import pass_value


class WireStructure(Protocol):
    """A value that is not a plain one, as the wire carries it."""

    @property
    def tag(self) -> bytes:
        """What kind of value it is: one byte."""

    @property
    def fields(self) -> Sequence[Any]:
        """Its parts, in the order of the protocol."""


make_structure: Callable[..., WireStructure] = Structure
"""Makes a structure of a tag and its fields."""

Reader = Callable[[WireStructure], Any]
Writers = Mapping[type, Callable[[Any], WireStructure]]


_RECORD: Final = 0x71
"""The tag of a message that is a record."""

_LIST_OF_ONE: Final = 0x91

_records_stay_packed: ContextVar[bool] = ContextVar("records_stay_packed", default=False)


@contextmanager
def leaving_records_packed(is_wanted: bool) -> Iterator[None]:
    """Let each record of the results that begin meanwhile have one value: the bytes of the list of all its values."""
    token = _records_stay_packed.set(is_wanted)
    try:
        yield
    finally:
        _records_stay_packed.reset(token)


class _PackedRecords(dict[Any, Any]):
    """Tells such a result: the driver hands it through to the unpacker."""


@dataclass(frozen=True, slots=True)
class PackedValue:
    """A statement's parameter that is packed already."""

    content: bytes = field(repr=False)
    """Not shown: the driver makes a text of all parameters for each statement, also where nothing is logged."""


class HydrationScope:
    """What the driver asks how to read and write structures; lists and maps pass without a look."""

    def __init__(self, read: Reader, writers: Writers) -> None:
        hooks = {Structure: read}
        self.hydration_hooks = _PackedRecords(hooks) if _records_stay_packed.get() else hooks
        self.dehydration_hooks = DehydrationHooks(exact_values={}, exact_types=dict(writers), subtypes={})

    def get_graph(self) -> None:
        """Return nothing: our statements never return nodes, relationships or paths themselves."""


class Hydration:
    """Takes the place of the driver's hydration handler on a connection."""

    def __init__(self, read: Reader, writers: Writers) -> None:
        self._read = read
        self._writers = writers

    def new_hydration_scope(self) -> HydrationScope:
        """Return the scope of one result."""
        return HydrationScope(self._read, self._writers)

    def pack(self, value: Any) -> bytes:
        """Return a value as it goes over the wire."""
        packer: Any = Packer
        buffer: Any = PackableBuffer
        written = buffer()
        packer(written).pack(value, self.new_hydration_scope().dehydration_hooks)
        return bytes(written.data)

    def unpack(self, content: bytes | bytearray) -> Any:
        """Unpack a value whose bytes are known to be well-formed: of others the driver's code ends the process."""
        unpacker: Any = Unpacker
        make_buffer: Any = UnpackableBuffer
        buffer = make_buffer(b"")
        buffer.data = content if isinstance(content, bytearray) else bytearray(content)
        buffer.used = len(content)
        return unpacker(buffer).unpack(self.new_hydration_scope().hydration_hooks)


LONGEST_MESSAGE: Final = 32 * 1024**2
"""Bytes that one message of the server, a record, may have: twice what an archive allows for one value by default."""

_SHORTEST: Final = 2
"""Bytes of a message: a marker and a tag; behind them its buffer holds what was there before."""

_message_bytes: ContextVar[int | None] = ContextVar("message_bytes", default=None)


class MessageTooLongError(OSError):
    """A message was longer than we take; its connection is given up."""


class DamagedMessageError(OSError):
    """A message cannot be read; its connection is given up."""


@contextmanager
def taking_messages_of(limit: int | None) -> Iterator[None]:
    """Take only messages of so many bytes for a while; not across a yield, which would be for the caller, too.

    None: of as many as the connection takes.
    """
    token = _message_bytes.set(limit)
    try:
        yield
    finally:
        _message_bytes.reset(token)


def read_routing(driver: AsyncDriver, database: str) -> tuple[Sequence[str], Sequence[str]]:
    """Return the addresses that take writes, and those that serve reads, as the cluster said last; none: unknown."""
    table = getattr(driver._pool, "routing_tables", {}).get(database)
    if table is None:
        return (), ()
    return tuple(map(str, table.writers)), tuple(map(str, table.readers))


def prepare_connections(driver: AsyncDriver, hydration: Hydration, longest_message: int) -> None:
    """Give every connection that this driver opens our hydration, and mend how it learns what has happened."""
    pool = driver._pool
    opener = pool.opener

    async def open_prepared(*args: Any, **kwargs: Any) -> Any:
        connection = await opener(*args, **kwargs)
        connection.hydration_handler = hydration
        name_resets(connection.socket)
        take_what_has_come(connection.socket)
        bound_messages(connection, longest_message)
        keep_first_failures(connection)
        keep_packed_records(connection)
        send_packed_values(connection)
        return connection

    pool.opener = open_prepared


def name_resets(socket: Any) -> None:
    """Let the driver see that a connection was reset, and take another: it looks for an end, and expects other errors.

    uvloop says it with a RuntimeError; and a connection that was reset while nobody read from it has no end.
    """
    send, reader, writer = socket.sendall, socket._reader, socket._writer

    async def send_or_fail(data: Any) -> None:
        try:
            await send(data)
        except RuntimeError as error:
            raise ConnectionResetError(str(error)) from error

    socket.sendall = send_or_fail
    socket.at_eof = lambda: reader.at_eof() or writer.is_closing()


_BYTES_AHEAD: Final = 256 * 1024
"""What may have come before anybody asks for it is up to twice that: some records, so that the server goes on."""


def take_what_has_come(socket: Any) -> None:
    """Let what is there be taken at once: the driver makes a task with a timer for every piece of a record."""
    reader, receive = socket._reader, socket.recv_into
    reader._limit = _BYTES_AHEAD

    async def take_or_receive(view: Any, count: int) -> int:
        if not reader._buffer:
            received: int = await receive(view, count)
            return received
        content = await reader.read(count)
        view[: len(content)] = content
        return len(content)

    socket.recv_into = take_or_receive


def bound_messages(connection: Any, longest_message: int) -> None:
    """Break a connection off whose message grows too long: the driver takes whatever comes."""
    socket, buffer = connection.socket, connection.inbox._buffer
    receive = socket.recv_into

    async def receive_some(view: Any, count: int) -> int:
        if buffer.used > (limit := _message_bytes.get() or longest_message):
            # Else what has come would stay as long as the error, with all that it holds.
            view.release()
            buffer.data = bytearray()
            raise MessageTooLongError(f"a message has more than {limit} bytes")
        received: int = await receive(view, count)
        return received

    socket.recv_into = receive_some


def keep_first_failures(connection: Any) -> None:
    """Let the driver tell of the first failure of several: it resets the connection first, and would tell of the next.

    A server of 5.26 refuses what follows a message that it cannot read, too.
    """
    reset = connection.reset

    async def reset_silently() -> None:
        with suppress(Neo4jError):
            await reset()

    connection.reset = reset_silently


def keep_packed_records(connection: Any) -> None:
    """Give the only value of a record as the bytes that came, in results that want it; other records whole."""
    unpacker, message = connection.inbox._unpacker, connection.inbox._buffer
    unpack = unpacker.unpack

    def unpack_or_take(hydration_hooks: Any = None) -> Any:
        if type(hydration_hooks) is not _PackedRecords or message.data[1] != _RECORD:
            return unpack(hydration_hooks)
        with memoryview(message.data) as view:
            content = bytes(view[message.p + (view[message.p] == _LIST_OF_ONE) : message.used])
        message.p = message.used
        return [content]

    unpacker.unpack = unpack_or_take


def send_packed_values(connection: Any) -> None:
    """Send parameters that are packed as they are."""
    packer = connection.outbox._packer
    pack = packer._pack

    def pack_or_copy(value: Any, dehydration_hooks: Any = None) -> None:
        if type(value) is not dict or PackedValue not in map(type, value.values()):
            pack(value, dehydration_hooks)
            return
        packer._pack_map_header(len(value))
        for key, each in value.items():
            pack(key, dehydration_hooks)
            if type(each) is PackedValue:
                packer._write(each.content)
            else:
                pack(each, dehydration_hooks)

    packer._pack = pack_or_copy


@contextmanager
def _naming_damage() -> Iterator[None]:
    """Whatever cannot be read has one name."""
    try:
        yield
    except Exception as error:
        raise DamagedMessageError(str(error)) from error


def passing_first(unpacker: Any) -> Any:
    """Return a way to read messages that passes each value before it reads it: damage ends the connection.

    By the driver alone some damage ends the process.
    """

    def unpack_structure_header(self: Any) -> Any:
        with _naming_damage():
            if self.unpackable.used < _SHORTEST:
                raise IndexError("bytes are missing")
            return unpacker.unpack_structure_header(self)

    def unpack(self: Any, hydration_hooks: Any = None) -> Any:
        message = self.unpackable
        with _naming_damage():
            with memoryview(message.data) as view:
                pass_value(view[: message.used], message.p)
            value = unpacker.unpack(self, hydration_hooks)
            if type(value) is not (list if message.data[1] == _RECORD else dict):
                raise TypeError(f"a message holds a value of type {type(value).__name__}")
            return value

    ways = {"unpack": unpack, "unpack_structure_header": unpack_structure_header}
    return type(unpacker.__name__, (unpacker,), ways)


_PROTOCOLS: Final = tuple(AsyncBolt.protocol_handlers.values())

# Messages that open a connection come before it is ours. All are read before any is set: a protocol has its unpacker
# from the one before it, and would pass a message once for each of its forefathers.
for _protocol, _unpacker in [(each, each.UNPACKER_CLS) for each in _PROTOCOLS]:
    _protocol.UNPACKER_CLS = passing_first(_unpacker)
