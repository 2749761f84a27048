"""What people see is complete, harmless and fits."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from typing_extensions import override

from shared.cli.screen.bars import describe
from shared.cli.screen.display import Display
from shared.cli.screen.text import pick, printable, size

JOB = {
    "id": "0199f0c2-0000-7000-8000-000000000000",
    "kind": "export",
    "status": "closed_by_timeout",
    "created": "2026-01-02T03:04:05.678Z",
    "nodes": 1234567,
    "roles": ["a", "b"],
    "none": None,
    "flag": False,
    "archive": {"name": "x" * 120, "bytes": 12_345_678},
}
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
COLUMNS = {"ID": "id", "STATUS": "status", "CREATED": "created", "NODES": "nodes", "ARCHIVE": "archive.name"}


class Screen(io.StringIO):
    @override
    def isatty(self) -> bool:
        return True


def show(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, columns: int) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(columns))
    environ = {"NO_COLOR": "1"}
    display = Display(output=stream, messages=io.StringIO(), environ=environ, as_json=False, is_quiet=False)
    display.show_all([JOB, JOB], COLUMNS)
    return ESCAPE.sub("", stream.getvalue()).splitlines()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("id", JOB["id"]),
        ("created", "2026-01-02 03:04:05Z"),
        ("nodes", "1,234,567"),
        ("roles", "a, b"),
        ("none", "-"),
        ("flag", "no"),
        ("archive.bytes", "12.3 MB"),
        ("archive.nothing.more", "-"),
        ("archive", '{"name":"' + "x" * 120 + '","bytes":12345678}'),
    ],
)
def test_values_are_for_people(path: str, text: Any) -> None:
    assert pick(JOB, path) == text


def test_a_pipe_gets_every_name_whole_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = show(io.StringIO(), monkeypatch, 40)
    assert len(lines) == 3
    assert lines[1].split() == [JOB["id"], "closed_by_timeout", "2026-01-02", "03:04:05Z", "1,234,567", "x" * 120]
    assert not any(line.endswith(" ") for line in lines)


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_terminal_is_not_overrun_and_loses_nothing(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    lines = show(Screen(), monkeypatch, columns)
    assert max(map(len, lines)) <= columns
    assert str(JOB["id"]) in lines[1] or str(JOB["id"]) in lines[2]
    assert "".join(lines).count("x") == 240


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x07", "\x9b", "\u202e", "\u2028", "\udc80", "\n"])
def test_nothing_commands_the_terminal(character: str) -> None:
    assert printable(f"a{character}b") == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_345_678, "12.3 MB"), (4e15, "4000.0 TB")]
)
def test_sizes(count: float, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ((10, None, None), "10"),
        ((1000, 59_000, 100.0), "1,000/59,000  100/s  9:40 left"),
        ((1000, 5_000_000, 100.0), "1,000/5,000,000  100/s  13:53:10 left"),
        ((59_000, 59_000, 100.0), "59,000/59,000  100/s"),
    ],
)
def test_progress_is_told(facts: tuple[float, float | None, float | None], text: str) -> None:
    assert describe(*facts, is_bytes=False) == text
