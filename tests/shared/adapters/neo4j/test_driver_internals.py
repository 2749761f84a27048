"""The driver's insides are still those that we reach into."""

from __future__ import annotations

import asyncio
import inspect
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import pytest
from hypothesis import given
from neo4j import AsyncDriver, AsyncGraphDatabase
from neo4j._async.io import AsyncBolt
from neo4j._async.io._bolt._bolt5 import AsyncBolt5x8
from neo4j._async.io._bolt._bolt_socket import AsyncBoltSocket
from neo4j._async.io._bolt._common import AsyncInbox, AsyncOutbox
from neo4j._codec.packstream import _common as buffers
from neo4j._codec.packstream import v1, v2
from neo4j.exceptions import ClientError, ServiceUnavailable

from shared.adapters.neo4j import driver_internals
from shared.adapters.neo4j.driver_internals import (
    LONGEST_MESSAGE,
    DamagedMessageError,
    MessageTooLongError,
    PackedValue,
    bound_messages,
    keep_first_failures,
    keep_packed_records,
    leaving_records_packed,
    make_structure,
    name_resets,
    passing_first,
    prepare_connections,
    send_packed_values,
    take_what_has_come,
    taking_messages_of,
)
from shared.adapters.neo4j.wire_values import HYDRATION, UnknownValue
from shared.graph import Date, Properties
from tests.support.values import PROPERTIES


def test_the_docstring_names_the_version_that_is_installed() -> None:
    assert f"neo4j {version('neo4j')} " in (driver_internals.__doc__ or "")


class TestHydration:
    @given(properties=PROPERTIES)
    def test_the_drivers_codec_carries_our_values(self, properties: Properties) -> None:
        assert repr(unpack(pack(properties))) == repr(dict(properties))

    def test_a_structure_of_another_kind_is_unknown(self) -> None:
        assert unpack(pack(make_structure(b"?", 1))) == UnknownValue("b'?'")

    def test_a_connection_asks_its_handler(self) -> None:
        connection: Any = object.__new__(AsyncBolt5x8)
        connection.hydration_handler = HYDRATION
        scope = connection.new_hydration_scope()
        assert isinstance(scope, driver_internals.HydrationScope)
        assert connection._default_hydration_hooks(None, None) == (scope.dehydration_hooks, scope.hydration_hooks)


CODEC: Any = v1
BUFFERS: Any = buffers
INBOX: Any = AsyncInbox
OUTBOX: Any = AsyncOutbox


def pack(value: object) -> bytes:
    buffer = BUFFERS.PackableBuffer()
    CODEC.Packer(buffer).pack(value, HYDRATION.new_hydration_scope().dehydration_hooks)
    return bytes(buffer.data)


def unpack(data: bytes) -> Any:
    return CODEC.Unpacker(BUFFERS.UnpackableBuffer(data)).unpack(HYDRATION.new_hydration_scope().hydration_hooks)


def open_driver() -> AsyncDriver:
    return AsyncGraphDatabase.driver("bolt://127.0.0.1:1", max_transaction_retry_time=0)


class TestOpener:
    async def test_the_pool_opens_connections_by_it(self) -> None:
        opened: list[tuple[Any, ...]] = []

        async def refuse(*arguments: Any) -> None:
            opened.append(arguments)
            raise ServiceUnavailable("refused")

        async with open_driver() as driver:
            assert list(inspect.signature(driver._pool.opener).parameters) == ["addr", "auth_manager", "deadline"]
            driver._pool.opener = refuse
            prepare_connections(driver, HYDRATION, LONGEST_MESSAGE)
            async with driver.session() as session:
                with pytest.raises(ServiceUnavailable, match="refused"):
                    await session.run("RETURN 1")
        assert len(opened) == 1

    async def test_every_connection_is_prepared(self) -> None:
        socket = make_socket()
        inbox = SimpleNamespace(_buffer=SimpleNamespace(used=0), _unpacker=SimpleNamespace(unpack=None))
        outbox = SimpleNamespace(_packer=SimpleNamespace(_pack=None))
        connection = SimpleNamespace(hydration_handler=None, socket=socket, inbox=inbox, outbox=outbox, reset=None)

        async def open_one(*_: Any) -> Any:
            return connection

        async with open_driver() as driver:
            driver._pool.opener = open_one
            prepare_connections(driver, HYDRATION, LONGEST_MESSAGE)
            assert await driver._pool.opener(None, None, None) is connection
        assert connection.hydration_handler is HYDRATION
        assert {"sendall", "recv_into"} <= vars(socket).keys()
        assert connection.reset is not None
        assert inbox._unpacker.unpack is not None
        assert outbox._packer._pack is not None


class Writer:
    """A stream's end that was reset under uvloop."""

    closing = False

    def write(self, _: bytes) -> None:
        raise RuntimeError("the handler is closed")

    def is_closing(self) -> bool:
        return self.closing


def make_socket() -> Any:
    return AsyncBoltSocket(asyncio.StreamReader(), None, Writer())


class TestResets:
    async def test_the_driver_does_not_know_them_by_itself(self) -> None:
        socket = make_socket()
        socket._writer.closing = True
        assert not socket.at_eof()
        with pytest.raises(RuntimeError):
            await socket.sendall(b"")

    async def test_are_named(self) -> None:
        socket = make_socket()
        name_resets(socket)
        with pytest.raises(ConnectionResetError, match="the handler is closed"):
            await socket.sendall(b"")
        assert not socket.at_eof()
        socket._writer.closing = True
        assert socket.at_eof()

    async def test_an_end_stays_one(self) -> None:
        socket = make_socket()
        name_resets(socket)
        socket._reader.feed_eof()
        assert socket.at_eof()


class TestWhatHasCome:
    async def test_is_taken_without_the_drivers_timers(self) -> None:
        socket, view = make_socket(), memoryview(bytearray(2))
        socket.recv_into = receive = AsyncMock(return_value=1)
        take_what_has_come(socket)
        socket._reader.feed_data(b"abc")
        assert [await socket.recv_into(view, 2), view.tobytes()] == [2, b"ab"]
        assert [await socket.recv_into(view, 2), view[:1]] == [1, b"c"]
        receive.assert_not_awaited()
        assert await socket.recv_into(view, 2) == 1
        receive.assert_awaited_once_with(view, 2)


class Arriving:
    """A socket from which a message comes chunk by chunk."""

    def __init__(self, *chunks: bytes) -> None:
        self._content = b"".join(len(chunk).to_bytes(2, "big") + chunk for chunk in [*chunks, b""])
        self.taken = 0

    def getsockname(self) -> tuple[str, int]:
        return "", 0

    async def recv_into(self, view: memoryview, count: int) -> int:
        view[:count] = self._content[self.taken : self.taken + count]
        self.taken += count
        return count


class TestMessages:
    @pytest.mark.parametrize("limit", [1000, 5000])
    async def test_that_are_too_long_end_soon(self, limit: int) -> None:
        def tell(error: Exception) -> None:
            raise ServiceUnavailable from error

        socket: Any = Arriving(*[b"x" * 1000] * 100)
        inbox = INBOX(socket, tell, CODEC.Unpacker)
        bound_messages(SimpleNamespace(socket=socket, inbox=inbox), LONGEST_MESSAGE)
        with pytest.raises(ServiceUnavailable) as raised, taking_messages_of(limit):
            await inbox._buffer_one_chunk()
        assert isinstance(raised.value.__cause__, MessageTooLongError)
        assert socket.taken <= limit + 2 * 1004

    async def test_of_any_length_are_taken_by_the_driver_itself(self) -> None:
        socket: Any = Arriving(*[b"x" * 1000] * 100)
        await INBOX(socket, lambda _: None, CODEC.Unpacker)._buffer_one_chunk()
        assert socket.taken > 100_000


class TestDamagedMessages:
    """Damage is found before the driver reads it: test_damaged_messages shows what comes of each."""

    def test_every_protocol_passes_first(self) -> None:
        handlers: Any = AsyncBolt.protocol_handlers.values()
        assert AsyncBolt5x8 in handlers
        for handler in handlers:
            with pytest.raises(DamagedMessageError):
                handler.UNPACKER_CLS(BUFFERS.UnpackableBuffer(b"\xb1\x71\x91\x8f\x41")).unpack()

    def test_no_protocol_passes_what_another_has_passed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        passed: list[int] = []
        monkeypatch.setattr(driver_internals, "pass_value", lambda _, at: passed.append(at))
        handlers: Any = AsyncBolt.protocol_handlers.values()
        for handler in handlers:
            message = BUFFERS.UnpackableBuffer(b"\xb1\x71\x91\x01")
            message.p = 2
            assert handler.UNPACKER_CLS(message).unpack() == [1]
        assert passed == [2] * len(handlers)

    @pytest.mark.parametrize("protocol", [v1, v2])
    def test_the_driver_needs_it(self, protocol: Any) -> None:
        with pytest.raises(BaseException, match="out of range") as raised:
            protocol.Unpacker(BUFFERS.UnpackableBuffer(b"\x91\x8f\x41")).unpack()
        assert not isinstance(raised.value, Exception)

    def test_bytes_of_the_message_before_are_none_of_it(self) -> None:
        buffer = BUFFERS.UnpackableBuffer(b"\xb1\x70\xa1\x81a\x01")
        unpacker = passing_first(CODEC.Unpacker)(buffer)
        buffer.used = 1
        with pytest.raises(DamagedMessageError):
            unpacker.unpack_structure_header()
        for buffer.used in (2, 4, 5):
            buffer.p = 2
            with pytest.raises(DamagedMessageError):
                unpacker.unpack()


class TestPackedRecords:
    """The driver hands records through as they came, for results that want it."""

    @pytest.mark.parametrize("chunk", [7, 50_000])
    @pytest.mark.parametrize("protocol", [v1, v2])
    async def test_come_as_bytes_and_whatever_else_as_ever(self, protocol: Any, chunk: int) -> None:
        values = pack([[[1, ["a"], {"k": "x" * 300}]]])
        messages = [b"\xb1\x71" + values, b"\xb1\x71" + values, b"\xb1\x70" + pack({"has_more": True})]
        content = [[each[at : at + chunk] for at in range(0, len(each), chunk)] for each in messages]
        socket: Any = Arriving(*[part for each in content for part in [*each, b""]][:-1])
        inbox = INBOX(socket, lambda _: None, protocol.Unpacker)
        keep_packed_records(SimpleNamespace(inbox=inbox))
        with leaving_records_packed(True):
            packed = HYDRATION.new_hydration_scope().hydration_hooks
        assert await inbox.pop(packed) == (b"\x71", [[values[1:]]])
        assert await inbox.pop(HYDRATION.new_hydration_scope().hydration_hooks) == (b"\x71", [unpack(values)])
        assert await inbox.pop(packed) == (b"\x70", [{"has_more": True}])

    async def test_of_other_than_one_value_come_whole(self) -> None:
        values = pack([[1], [2]])
        inbox = INBOX(Arriving(b"\xb1\x71" + values, b""), lambda _: None, CODEC.Unpacker)
        keep_packed_records(SimpleNamespace(inbox=inbox))
        with leaving_records_packed(True):
            assert await inbox.pop(HYDRATION.new_hydration_scope().hydration_hooks) == (b"\x71", [[values]])

    def test_are_unpacked_with_our_values(self) -> None:
        assert HYDRATION.unpack(pack([Date(1), {"a": 2}])) == [Date(1), {"a": 2}]


class TestPackedValues:
    """The driver sends parameters that are packed as they are."""

    @pytest.mark.parametrize("protocol", [v1, v2])
    async def test_are_the_message_that_unpacked_ones_are(self, protocol: Any) -> None:
        rows = [[["a"], {"k": "x" * 300, "d": Date(1)}], [[], {}]]
        plain = {"batch": {"key": "k", "first": 0}, "rows": rows, "withheld": [1]}
        messages = []
        for parameters in (plain, {**plain, "rows": PackedValue(pack(rows))}):
            socket: Any = SimpleNamespace(sendall=AsyncMock())
            outbox = OUTBOX(socket, None, protocol.Packer)
            send_packed_values(SimpleNamespace(outbox=outbox))
            fields = ("UNWIND $rows AS row RETURN row", parameters, {"mode": "w"})
            outbox.append_message(b"\x10", fields, HYDRATION.new_hydration_scope().dehydration_hooks)
            await outbox.flush()
            messages.append(socket.sendall.call_args)
        assert messages[0] == messages[1]

    def test_are_not_shown_in_what_the_driver_logs(self) -> None:
        assert repr(PackedValue(b"x" * 1000)) == "PackedValue()"

    def test_values_are_packed_as_the_driver_does(self) -> None:
        assert HYDRATION.pack([Date(1), {"a": 2}]) == pack([Date(1), {"a": 2}])


async def test_what_is_refused_while_a_connection_is_reset_is_not_told() -> None:
    async def reset() -> None:
        raise ClientError("what follows a failure cannot be handled")

    connection = SimpleNamespace(reset=reset)
    keep_first_failures(connection)
    await connection.reset()
