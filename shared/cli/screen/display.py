"""Shows results on stdout, messages on stderr."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any, Final, TextIO, TypeAlias

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shared.cli.screen.text import is_number, pick, printable
from shared.cli.screen.zones import find_zone

Item: TypeAlias = Mapping[str, Any]
Columns: TypeAlias = Mapping[str, str]
"""Heading → the path of what stands below it, or beside it."""

_ID_CHARACTERS: Final = 36
"""What stands first and is no longer than an id is kept in one piece, to be copied."""
_UNBOUNDED: Final = 10_000
"""Characters of a line that no terminal bounds: a file or a pipe gets every name whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """Where the words of one command go, and in which form."""

    output: TextIO
    messages: TextIO
    environ: Mapping[str, str]
    as_json: bool
    is_quiet: bool
    is_utc: bool = False

    @property
    def zone(self) -> tzinfo | None:
        """The zone of the times that people read: TZ's, or UTC where that is wanted; None: this machine's."""
        return UTC if self.is_utc else find_zone(self.environ)

    def say(self, text: str) -> None:
        """Tell a person something, on the side."""
        if not self.is_quiet:
            self.warn(text)

    def warn(self, text: str) -> None:
        """Tell a person what must not be missed."""
        self.messages.write("".join(f"{printable(line)}\n" for line in text.split("\n")))
        self.messages.flush()

    def emit(self, item: object) -> None:
        """Print a line of JSON, at once."""
        self.output.write(orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE).decode())
        self.output.flush()

    def give(self, text: str, item: Item) -> None:
        """Print a result that is one word, or all of it as JSON."""
        if self.as_json:
            self.emit(item)
        self.conclude(text)

    def conclude(self, text: str) -> None:
        """Print a result that is one word, where JSON has told it already."""
        if not self.as_json:
            self.output.write(f"{printable(text)}\n")
            self.output.flush()

    def show(self, item: Item, columns: Columns) -> None:
        """Print one thing, a line for each of its fields."""
        if self.as_json:
            self.emit(item)
            return
        table = _make_table(has_header=False)
        table.add_column(style="bold")
        table.add_column(overflow="fold")
        for heading, path in columns.items():
            table.add_row(heading, Text(pick(item, path, self.zone)))
        self._print(table, self.output)

    def show_all(self, items: Sequence[Item], columns: Columns, *, has_header: bool = True) -> None:
        """Print several things of one sort, a line for each."""
        if self.as_json:
            for item in items:
                self.emit(item)
        else:
            self._print(self.tabulate(items, columns, has_header=has_header), self.output)

    def say_all(self, items: Sequence[Item], columns: Columns) -> None:
        """Tell a person of several things, on the side."""
        if not self.is_quiet:
            self._print(self.tabulate(items, columns), self.messages)

    def console(self, stream: TextIO, *, width: int | None = None) -> Console:
        """Return what draws on a stream; NO_COLOR is honoured."""
        is_bare = bool(self.environ.get("NO_COLOR"))
        return Console(file=stream, no_color=is_bare, width=width, highlight=False, markup=False, emoji=False)

    def tabulate(self, items: Sequence[Item], columns: Columns, *, has_header: bool = True) -> Table:
        """Return several things of one sort as they are drawn."""
        table = _make_table(has_header=has_header)
        zone = self.zone
        rows = [[pick(item, path, zone) for path in columns.values()] for item in items]
        for place, (heading, path) in enumerate(columns.items()):
            is_right = bool(items) and all(is_number(item, path) for item in items)
            is_id = place == 0 and all(len(row[0]) <= _ID_CHARACTERS for row in rows)
            table.add_column(heading, justify="right" if is_right else "left", overflow="fold", no_wrap=is_id)
        for row in rows:
            table.add_row(*map(Text, row))
        return table

    def _print(self, table: Table, stream: TextIO) -> None:
        if stream.isatty():
            self.console(stream).print(table)
            return
        drawn = io.StringIO()
        self.console(drawn, width=_UNBOUNDED).print(table)
        stream.write("".join(f"{line.rstrip()}\n" for line in drawn.getvalue().splitlines()))
        stream.flush()


def _make_table(*, has_header: bool) -> Table:
    return Table(box=None, show_header=has_header, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
