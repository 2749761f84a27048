"""Damaged records of a server are refused, or written as the strict way writes them: nothing else comes of them."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest
from neo4j._codec.packstream import v1

from shared.adapters.neo4j.driver_internals import DamagedMessageError, passing_first
from shared.adapters.neo4j.packed import open_rows, reading_of
from shared.adapters.neo4j.passing import pass_in_python, pass_value
from shared.adapters.neo4j.wire_values import HYDRATION
from shared.archive.graphml.keys import Sort
from shared.errors import GraphferryError
from tests.shared.archive.test_fuzz import cut, double, drop, flip, swap
from tests.shared.native.test_packed_lines import read_rows, write_packed, write_strictly
from tests.support.odd_values import ODD_VALUES
from tests.support.packing import pack, packed_rows

_RECORD: Final = b"\xb1\x71"
_VALUES: Final[Sequence[Any]] = [
    *(value for value in ODD_VALUES if len(pack(value)) < 200),
    *(None, b"bytes", {"a": 1}, [1, "a"], [[1]], "x" * 70),
]
_LIES = [bytes([marker]) + size for marker in b"\xce\xd2\xd6\xda" for size in (b"\xff" * 4, b"\0\1\0\0")]
_LIES += [b"\x8f", b"\x9f", b"\xaf", b"\xbf", b"\xd0\xff", b"\xd4\xff", b"\xd8\xff", b"\xcc\xff", b"\xd1", b"\xcb"]
_HOLDERS: Final = [b"\x91", b"\xa1\x81k", b"\xb1D", b"\xd4\x01"]
_SLOWEST: Final = 20.0
"""Processor seconds: it takes milliseconds."""


def lie(chance: random.Random, content: bytes) -> bytes:
    """Say that much follows."""
    at, piece = chance.randrange(len(content)), chance.choice(_LIES)
    return content[:at] + piece + content[at + chance.choice([0, 1, len(piece)]) :]


def nest(chance: random.Random, content: bytes) -> bytes:
    """Put a value into others, a few or very many."""
    at = chance.randrange(len(content))
    return content[:at] + chance.choice(_HOLDERS) * chance.choice([1, 3, 30, 40, 3_000]) + content[at:]


def repeat_key(_: random.Random, content: bytes) -> bytes:
    """Have keys stand twice."""
    return content.replace(b"\x81n", b"\x81k")


_DAMAGES: Final[Sequence[Callable[[random.Random, bytes], bytes]]] = (
    *(flip, flip, flip, cut, drop, swap, double),
    *(lie, lie, nest, repeat_key),
)


def make_rows(chance: random.Random, sort: Sort) -> list[Any]:
    """Make rows that are alike, so that the first teaches how the others are written."""
    alike = chance.choice(_VALUES) if chance.random() < 0.6 else None
    rows: list[Any] = []
    for at in range(chance.randint(1, 5)):
        values = {"k": chance.choice(_VALUES) if alike is None else alike, "n": at}
        rows.append([300 * at, ["L", "ü"][: at % 3], values] if sort is Sort.NODE else [at, 0, 300, "T", values])
    return rows


def make_message(chance: random.Random, sort: Sort) -> bytes:
    """Make a damaged message with a record."""
    content = _RECORD + pack([make_rows(chance, sort)])
    for _ in range(chance.choice([1, 1, 2, 3])):
        content = chance.choice(_DAMAGES)(chance, content) or b"\0"
    if chance.random() < 0.1:  # spliced with another
        content = content[: chance.randrange(len(content) + 1)] + make_message(chance, sort)[chance.randrange(6) :]
    return content


def read_by_driver(message: bytes) -> Any:
    """What the driver makes of a message that does not stay packed; None: it is refused."""
    driver: Any = v1
    unpacker = passing_first(driver.Unpacker)(driver.UnpackableBuffer(message))
    try:
        fields, _ = unpacker.unpack_structure_header()
        return [unpacker.unpack(HYDRATION.new_hydration_scope().hydration_hooks) for _ in range(fields)]
    except DamagedMessageError:
        return None


def require_same_end(content: bytes) -> None:
    """Python passes a value to where the codec does; only whether a map's keys are texts it leaves to the driver."""
    ends = []
    for way in (pass_value, pass_in_python):
        try:
            ends.append(way(content, 0))
        except (IndexError, ValueError) as error:
            ends.append(-1 if "another marker" not in str(error) else -2)
    assert ends[0] == ends[1] or ends[0] == -2


def outcome_of(sort: Sort, record: bytes) -> str:
    """Write a record that stays packed, and require that the strict way writes the same; return the refusal's code."""
    honest = [] if sort is Sort.NODE else [[0, [], {}], [300, ["L"], {"k": 1}]]
    reading = reading_of("fuzzed", lambda rows: None)
    try:
        rows = open_rows(record.removeprefix(b"\x91"), reading)
        written = write_packed([(Sort.NODE, packed_rows(honest)), (sort, rows)])
    except GraphferryError as error:
        return error.code
    read = read_rows(rows.content, rows.at, len(rows))
    assert written == write_strictly(*((read, []) if sort is Sort.NODE else (honest, read)))
    return "written"


_DEEP = bytes.fromhex(
    "9195950000c9012c8154a2816bb4450000cb800000000000000000816e00950100c9012c8154a2816bb445a1816ba181"
    "6ba1816ba1816ba1816ba1816ba1816ba1816ba1816ba1816ba1816ba1816ba1816ba1816ba1816ba1816ba1816ba181"
    "6ba1816ba1816ba1816ba1816ba1816ba1816ba1816ba1816ba1816ba1812ba1816ba1816b0000cb8000000000000000"
    "00816e01950200c9012c8154a2816bb4450000cb800000000010000000816e02950300c9012c8154a2816bb4450000cb"
    "800000000000000000816e03950400c9012c8154a2816bb4450000cb800000000000000000816e04"
)
"""A record of relationships whose second has maps in each other, one fewer than are refused."""


def test_what_the_codec_passes_the_strict_way_reads() -> None:
    """Both count the row and its map, too."""
    assert outcome_of(Sort.EDGE, _DEEP) in {"written", "UNSUPPORTED_VALUE", "TRANSFER_FAILED"}


def test_damaged_records_are_written_as_the_strict_way_writes_them_or_refused(request: pytest.FixtureRequest) -> None:
    seed, outcomes = request.config.getoption("fault_seed"), Counter[str]()
    for number in range(count := request.config.getoption("fuzzed_records")):
        chance = random.Random(f"{seed} {number}")
        sort = chance.choice(list(Sort))
        message = make_message(chance, sort)
        began = time.process_time()
        try:
            outcomes["read" if read_by_driver(message) is not None else "not read"] += 1
            require_same_end(message[2:])
            if message.startswith(_RECORD):
                outcomes[outcome_of(sort, message[2:])] += 1
            assert time.process_time() - began < _SLOWEST
        except BaseException as error:
            error.add_note(f"--fault-seed {seed}, record {number}: {message[:2000].hex()}")
            raise
    print(f"{count} damaged records: {dict(outcomes)}")
    assert outcomes.keys() <= {"read", "not read", "written", "TRANSFER_FAILED", "SOURCE_CHANGED", "UNSUPPORTED_VALUE"}
    assert min(outcomes["written"], outcomes["TRANSFER_FAILED"], outcomes["read"], outcomes["not read"]) > count / 20
