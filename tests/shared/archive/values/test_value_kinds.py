from __future__ import annotations

import math
import xml.parsers.expat

import pytest
from hypothesis import given

from shared.archive.values import value_kinds
from shared.archive.values.value_kinds import KINDS, kind_of
from shared.archive.values.xml_text import escape_text, unescape_text
from shared.graph import OffsetDateTime, PropertyValue, ZonedDateTime
from tests.support.archives.making import typed
from tests.support.values import VALUES


@given(VALUES)
def test_every_value_comes_back_from_its_text(value: PropertyValue) -> None:
    kind = kind_of(value)
    assert KINDS[kind.code] is kind
    assert typed(kind.parse(kind.text(value))) == typed(value)


@given(VALUES)
def test_every_text_passes_an_xml_parser(value: PropertyValue) -> None:
    text = escape_text(kind_of(value).text(value))
    seen: list[str] = []
    parser = xml.parsers.expat.ParserCreate("UTF-8")
    parser.CharacterDataHandler = seen.append
    parser.Parse(f"<a>{text}</a>".encode(), True)
    assert "".join(seen) == kind_of(value).text(value) == unescape_text(text)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.0, 5e-324, 1e16, 1.7976931348623157e308])
def test_floats_come_back_to_the_bit(value: float) -> None:
    for each in (value, [value, 1.0]):
        kind = kind_of(each)
        assert typed(kind.parse(kind.text(each))) == typed(each)


def test_types_that_look_alike_have_kinds_of_their_own() -> None:
    values: list[PropertyValue] = [1, True, 1.0, "1", [1], [True], [1.0], ["1"], [], b"1", -0.0, "\x00"]
    assert len({kind_of(value) for value in values}) == len(values)


def test_a_list_of_datetimes_holds_offsets_and_zones() -> None:
    value: PropertyValue = [OffsetDateTime(0, 5, 3600), ZonedDateTime(0, 0, "Europe/Berlin"), OffsetDateTime(0, 0, 0)]
    kind = kind_of(value)
    assert (kind.code, kind.text(value)) == (
        "mixeddatetime-list",
        '["1970-01-01T01:00:00.000000005+01:00","1970-01-01T00:00:00Z[Europe/Berlin]","1970-01-01T00:00:00Z"]',
    )
    assert kind.parse(kind.text(value)) == value


@pytest.mark.parametrize("value", [None, {}, object(), [None], [[1]], [b"a"], [1, "a"], [1, 1.0], [True, 1]])
def test_what_neo4j_cannot_store_has_no_kind(value: object) -> None:
    with pytest.raises(ValueError, match=r"supported|several types"):
        kind_of(value)


@pytest.mark.parametrize("text", ["9223372036854775808", "-9223372036854775809", "1" * 5000, "1.0", "1_000", "", "٣"])
def test_integers_are_64_bits_of_ascii_digits(text: str) -> None:
    with pytest.raises(ValueError, match=r"64 bits|integer"):
        value_kinds.INTEGER.parse(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("INF", math.inf),
        ("-INF", -math.inf),
        ("Infinity", math.inf),
        ("-Infinity", -math.inf),
        ("1", 1.0),
        (" 1.5 ", 1.5),
    ],
)
def test_floats_of_other_writers_are_read(text: str, value: float) -> None:
    assert typed(value_kinds.FLOAT.parse(text)) == typed(value)


@pytest.mark.parametrize("text", ["inf", "1_0", "0x1", "", "one"])
def test_other_floats_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        value_kinds.FLOAT.parse(text)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("il", "[1.0]"), ("il", "[true]"), ("il", "{}"), ("il", "[9223372036854775808]"), ("sl", "[1]"), ("bl", "[0]"),
        ("fl", "[true]"), ("json", "1"), ("json", "x"), ("bytes", "a"), ("point", "POINT(1 2)"),
        ("point", "SRID=4326;POINT(1)"), ("point", "SRID=7203;POINT(1.0 INF)"), ("point", "SRID=4326;POINT(NaN 1.0)"),
        ("point-list", '["SRID=7203;POINT(1.0 1.0)","SRID=4326;POINT(1.0 1.0)"]'), ("duration", "P0M0DT0S5N"),
        ("empty-list", "[1]"), ("b", "yes"), ("date-list", "[1]"),
    ],
)  # fmt: skip
def test_texts_of_another_form_are_refused(code: str, text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each says something else
        KINDS[code].parse(text)
