"""Shows how far something has come: bars on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.text import Text
from typing_extensions import override

from shared.cli.screen.display import Display
from shared.cli.screen.text import printable, size

_NARROW: Final = 70
"""Characters of a line below which counts and rates make room for the bar."""
_LINE_SECONDS: Final = 10.0
"""Between two lines, where nothing else changes."""


class Bar(Protocol):
    """Takes what is done so far."""

    def move(self, done: int, total: int | None, what: str | None = None) -> None:
        """Show so much of the total, and the part of the work where it is named."""
        ...

    def tell(self, text: str) -> None:
        """Tell a person something, on a line of its own."""
        ...


class _Counts(ProgressColumn):
    """`1,200/59,000  8,100/s  0:07`."""

    def __init__(self, *, is_bytes: bool) -> None:
        super().__init__()
        self._is_bytes = is_bytes

    @override
    def render(self, task: Task) -> Text:
        return Text(
            describe(task.completed, task.total, task.speed, is_bytes=self._is_bytes), style="progress.data.speed"
        )


def describe(done: float, total: float | None, rate: float | None, *, is_bytes: bool) -> str:
    """Return counts, rate and the time that is left, as far as they are known."""
    show = size if is_bytes else (lambda count: f"{count:,.0f}")
    parts = [show(done) if total is None else f"{show(done)}/{show(total)}"]
    if rate:
        parts.append(f"{show(rate)}/s")
        if total is not None and total > done:
            parts.append(_clock((total - done) / rate))
    return "  ".join(parts)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} left" if hours else f"{minutes}:{rest:02} left"


@dataclass(slots=True, kw_only=True)
class _DrawnBar:
    progress: Progress
    task: TaskID
    title: str

    def move(self, done: int, total: int | None, what: str | None = None) -> None:
        task = self.progress.tasks[0]
        if done < task.completed:  # a job began again: its rate too
            self.progress.reset(self.task)
        title = self.title if what is None else f"{self.title}: {what}"
        self.progress.update(self.task, completed=done, total=total, description=printable(title))

    def tell(self, text: str) -> None:
        self.progress.console.print(printable(text))


@dataclass(slots=True, kw_only=True)
class _ToldBar:
    display: Display
    title: str
    is_bytes: bool
    _told: float = field(default_factory=time.monotonic)
    _what: str = ""

    def move(self, done: int, total: int | None, what: str | None = None) -> None:
        now = time.monotonic()
        if (what or "") == self._what and now - self._told < _LINE_SECONDS:
            return
        self._told, self._what = now, what or ""
        counts = describe(done, total, None, is_bytes=self.is_bytes) if done else ""
        self.display.say("  ".join(part for part in (f"{self.title}:", what, counts) if part))

    def tell(self, text: str) -> None:
        self.display.say(text)


@contextmanager
def open_bar(display: Display, title: str, *, is_bytes: bool) -> Iterator[Bar]:
    """Show a bar for the time of the context."""
    console = display.console(display.messages)
    if not (_may_draw(display) and console.is_terminal) or console.is_dumb_terminal:
        yield _ToldBar(display=display, title=title, is_bytes=is_bytes)
        return
    with Progress(*_columns(console, is_bytes=is_bytes), console=console, transient=True) as progress:
        task = progress.add_task(printable(title), total=None)
        yield _DrawnBar(progress=progress, task=task, title=title)


def _may_draw(display: Display) -> bool:
    """Return whether nothing but the bar goes to the terminal."""
    return not display.is_quiet and not (display.as_json and display.output.isatty())


def _columns(console: Console, *, is_bytes: bool) -> list[ProgressColumn]:
    title = TextColumn("{task.description}", markup=False)
    if console.width < _NARROW:
        return [SpinnerColumn(), title, BarColumn(bar_width=None), TextColumn("{task.percentage:>3.0f}%")]
    return [SpinnerColumn(), title, BarColumn(bar_width=20), _Counts(is_bytes=is_bytes)]
