"""What we use of the driver neo4j 6.4.1 that is not public.

- `neo4j._codec.packstream.Structure`, `neo4j._codec.hydration.DehydrationHooks`: values as the wire carries them, and
  how to write values of our own classes. Without them values go through the driver's classes, which lose some.
- `AsyncDriver._pool.opener`, and `hydration_handler` of the connections that it opens: where our way to read and write
  values takes the place of the driver's. Without the opener no process starts; without the handler `Connection` refuses
  every statement.
- `socket` of a connection, with `sendall`, `at_eof`, `_reader` and `_writer`: how the driver learns that a connection
  was reset. Without the first two a statement on such a connection fails although another connection would do; without
  the others no connection opens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from neo4j import AsyncDriver
from neo4j._codec.hydration import DehydrationHooks
from neo4j._codec.packstream import Structure


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


class HydrationScope:
    """What the driver asks how to read and write structures; lists and maps pass without a look."""

    def __init__(self, read: Reader, writers: Writers) -> None:
        self.hydration_hooks = {Structure: read}
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


def prepare_connections(driver: AsyncDriver, hydration: Hydration) -> None:
    """Give every connection that this driver opens our hydration, and let the driver see when one was reset."""
    pool = driver._pool
    opener = pool.opener

    async def open_prepared(*args: Any, **kwargs: Any) -> Any:
        connection = await opener(*args, **kwargs)
        connection.hydration_handler = hydration
        name_resets(connection.socket)
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
