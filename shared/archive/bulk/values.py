"""Property values as the server's own offline bulk importer reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from shared.archive.values import temporal
from shared.archive.values.text import boolean_text
from shared.archive.values.zone_offsets import UnknownZoneError, offset_at
from shared.graph import (
    Date,
    Duration,
    LocalDateTime,
    LocalTime,
    OffsetDateTime,
    Point,
    PropertyValue,
    Time,
    ZonedDateTime,
)

_CRS_NAMES: Final[Mapping[int, str]] = {4326: "wgs-84", 4979: "wgs-84-3d", 7203: "cartesian", 9157: "cartesian-3d"}


class Loss(StrEnum):
    """Why a property is not in the CSV, in words for its receiver."""

    EMPTY_LIST = "an empty list, which the importer takes for no value"
    LIST_OF_EMPTY = "a list of one empty string, which the importer takes for no value"
    OFFSET_SECONDS = "an offset with seconds, which Neo4j 5.26 does not read"
    UNKNOWN_ZONE = "a time zone whose rules the exporting machine does not know"
    KEY = "a property key with a parenthesis, a brace or a line break, which no header can name"


class NotCarriedError(ValueError):
    """A value that CSV cannot bring into the importer unchanged."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.value)
        self.loss = loss


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A value on its way into a row."""

    column_type: str
    """The importer's word, as the header names it."""
    texts: tuple[str, ...]
    """One text; for a list, those of its elements."""
    is_quoted: bool

    def text(self, array_delimiter: str) -> str:
        """Write the field."""
        joined = array_delimiter.join(self.texts)
        return '"' + joined.replace('"', '""') + '"' if self.is_quoted else joined


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    column_type: str
    text: Callable[[Any], str]
    """Raises: NotCarriedError."""
    is_quoted: bool = False


def cell_of(value: PropertyValue) -> Cell:
    """Return a value's cell. Raises: NotCarriedError."""
    if isinstance(value, bytes):
        return _list_cell("byte", [str(byte - 256 if byte > 127 else byte) for byte in value], is_quoted=False)
    if isinstance(value, list):
        form = _FORMS[type(value[0])] if value else _STRING
        texts = [_FORMS[type(each)].text(each) for each in value]
        return _list_cell(form.column_type, texts, is_quoted=form.is_quoted)
    form = _FORMS[type(value)]
    return Cell(column_type=form.column_type, texts=(form.text(value),), is_quoted=form.is_quoted)


def text_cell(*texts: str) -> Cell:
    """Return the cell of labels, or of a type."""
    return Cell(column_type="string[]", texts=texts, is_quoted=True)


def _list_cell(element_type: str, texts: list[str], *, is_quoted: bool) -> Cell:
    if not texts:
        raise NotCarriedError(Loss.EMPTY_LIST)
    if texts == [""]:
        raise NotCarriedError(Loss.LIST_OF_EMPTY)
    return Cell(column_type=f"{element_type}[]", texts=tuple(texts), is_quoted=is_quoted)


def _float_text(value: float) -> str:
    return str(value).replace("nan", "NaN").replace("inf", "Infinity")


def _point_text(value: Point) -> str:
    coordinates = zip("xyz", value.coordinates, strict=False)
    return f"{{crs:{_CRS_NAMES[value.srid]},{','.join(f'{name}:{_float_text(each)}' for name, each in coordinates)}}}"


def _check_offset(seconds: int) -> None:
    if seconds % 60:
        raise NotCarriedError(Loss.OFFSET_SECONDS)


def _time_text(value: Time) -> str:
    _check_offset(value.offset_seconds)
    return temporal.time_text(value)


def _offset_datetime_text(value: OffsetDateTime) -> str:
    _check_offset(value.offset_seconds)
    return temporal.offset_datetime_text(value)


def _zoned_datetime_text(value: ZonedDateTime) -> str:
    """Write local time, offset and zone: the importer refuses an offset that the zone does not have then."""
    try:
        offset = offset_at(value.zone, value.seconds)
    except UnknownZoneError as error:
        raise NotCarriedError(Loss.UNKNOWN_ZONE) from error
    return f"{_offset_datetime_text(OffsetDateTime(value.seconds, value.nanoseconds, offset))}[{value.zone}]"


_STRING: Final = _Form(column_type="string", text=str, is_quoted=True)
_FORMS: Final[Mapping[type, _Form]] = {
    bool: _Form(column_type="boolean", text=boolean_text),
    int: _Form(column_type="long", text=str),
    float: _Form(column_type="double", text=_float_text),
    str: _STRING,
    Date: _Form(column_type="date", text=temporal.date_text),
    LocalTime: _Form(column_type="localtime", text=temporal.local_time_text),
    Time: _Form(column_type="time", text=_time_text),
    LocalDateTime: _Form(column_type="localdatetime", text=temporal.local_datetime_text),
    OffsetDateTime: _Form(column_type="datetime", text=_offset_datetime_text),
    ZonedDateTime: _Form(column_type="datetime", text=_zoned_datetime_text),
    Duration: _Form(column_type="duration", text=temporal.duration_text),
    Point: _Form(column_type="point", text=_point_text, is_quoted=True),
}
