"""What people see is complete, harmless and fits."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from typing_extensions import override

from shared.cli.screen.bars import describe
from shared.cli.screen.display import Display
from shared.cli.screen.text import duration, pick, printable, size
from shared.cli.screen.zones import find_zone

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
    environ = {"NO_COLOR": "1", "TZ": "UTC"}
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
        ("archive.bytes", "12 MiB"),
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
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (10_240, "10 KiB"),
        (1_572_864, "1.5 MiB"),
        (12_345_678, "12 MiB"),
        (2.0**52, "4096 TiB"),
    ],
)
def test_sizes_are_those_of_the_page(count: float, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0.0 s"),
        (3.21, "3.2 s"),
        (42.4, "42 s"),
        (75, "1 min 15 s"),
        (7300, "2 h 1 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_spans_are_those_of_the_page(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("environ", "is_utc", "text"),
    [
        ({"TZ": "Europe/Berlin"}, False, "2026-01-02 04:04:05+01:00"),
        ({"TZ": ":America/New_York"}, False, "2026-01-01 22:04:05-05:00"),
        ({"TZ": "Europe/Berlin"}, True, "2026-01-02 03:04:05Z"),
        ({"TZ": "UTC"}, False, "2026-01-02 03:04:05Z"),
    ],
)
def test_times_are_of_the_zone_that_is_wanted(environ: dict[str, str], is_utc: bool, text: str) -> None:
    output = io.StringIO()
    display = Display(
        output=output, messages=io.StringIO(), environ=environ, as_json=False, is_quiet=False, is_utc=is_utc
    )
    display.show_all([JOB], {"CREATED": "created"})
    assert output.getvalue() == f"CREATED\n{text}\n"


@pytest.mark.parametrize("zone", ["", "nowhere", "EST5EDT,M3.2.0,M11.1.0", "/etc/passwd", "../x"])
def test_a_zone_that_is_none_is_that_of_the_machine(zone: str) -> None:
    assert find_zone({"TZ": zone}) is None


def test_a_name_keeps_the_space_that_it_begins_with() -> None:
    output = io.StringIO()
    display = Display(output=output, messages=io.StringIO(), environ={}, as_json=False, is_quiet=False)
    display.show_all([{"name": " Shop", "kind": "x"}], {"NAME": "name", "KIND": "kind"})
    display.conclude(" Shop")
    assert output.getvalue().splitlines() == ["NAME   KIND", " Shop  x", " Shop"]


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
