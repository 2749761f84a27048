"""Logs are JSON Lines, whatever users call things."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog

from shared.adapters.folders.job_logs import FolderJobLogs
from shared.errors import InvalidJobIdError
from shared.logs import configure_logging, log_name, log_path, naming_trace, open_job_log
from shared.settings.process import Settings


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    handlers, level = logging.root.handlers[:], logging.root.level
    stream = io.StringIO()
    configure_logging("INFO", stream)
    yield stream
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


def read(text: str) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in text.splitlines()]


def test_process_lines(stream: io.StringIO) -> None:
    structlog.get_logger("room").info("job ended", job="1", name='a"b\n{"level":"x"}\u2028\u202e\x9b')
    structlog.get_logger("room").debug("too much detail")
    logging.getLogger("library").warning("told %s", "so")
    logging.getLogger("arq.worker").info("chatter")
    ours, theirs = read(stream.getvalue())
    assert list(ours)[:3] == ["time", "level", "event"]
    assert (ours["level"], ours["event"], ours["name"]) == ("info", "job ended", 'a"b\n{"level":"x"}\u2028\u202e\x9b')
    assert ours["time"].endswith("Z")
    assert (theirs["level"], theirs["event"]) == ("warning", "told so")


def test_lines_within_a_trace_name_it(stream: io.StringIO) -> None:
    with naming_trace("ab" * 16):
        structlog.get_logger("room").info("ours")
        structlog.get_logger("room").info("of another", trace_id="cd" * 16)
        logging.getLogger("library").warning("theirs")
    structlog.get_logger("room").info("after it")
    lines = [(line["event"], line.get("trace_id")) for line in read(stream.getvalue())]
    assert lines == [("ours", "ab" * 16), ("of another", "cd" * 16), ("theirs", "ab" * 16), ("after it", None)]


def test_traces_and_values_beyond_orjson(stream: io.StringIO) -> None:
    try:
        int("wrong")
    except ValueError:
        structlog.get_logger("room").exception("it failed", surrogate="\ud800", number=2**70, value=object)
    (line,) = read(stream.getvalue().replace("\\ud800", "?"))
    assert "ValueError: invalid literal" in line["exception"]
    assert line["level"] == "error"


async def test_job_log_appends(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    for attempt in (1, 2):
        async with open_job_log(FolderJobLogs(settings), "acme", "job-1") as log:
            log.bind(attempt=attempt).info("started", application="A\nB")
    lines = read((tmp_path / "logs" / "acme" / "job-1.jsonl").read_text())
    assert [(line["event"], line["attempt"], line["application"]) for line in lines] == [
        ("started", 1, "A\nB"),
        ("started", 2, "A\nB"),
    ]


async def test_log_that_cannot_be_opened_costs_lines_only(tmp_path: Path, stream: io.StringIO) -> None:
    (tmp_path / "logs").write_text("in the way")
    async with open_job_log(FolderJobLogs(Settings(data_dir=tmp_path)), "acme", "job-1") as log:
        log.info("unheard")
    (complaint,) = read(stream.getvalue())
    assert complaint["event"] == "a job's log cannot be written"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a file that is always full")
async def test_full_disk_costs_lines_only(tmp_path: Path, stream: io.StringIO) -> None:
    settings = Settings(data_dir=tmp_path)
    path = log_path(settings, "acme", "job-1")
    path.parent.mkdir(parents=True)
    path.symlink_to("/dev/full")
    async with open_job_log(FolderJobLogs(settings), "acme", "job-1") as log:
        log.info("unheard")
        log.error("unheard")
    (complaint,) = read(stream.getvalue())
    assert "No space left" in complaint["error"]


@pytest.mark.parametrize("bad", ["", ".", "..", "a/b", "../x", "a\0b"])
def test_paths_stay_inside(tmp_path: Path, bad: str) -> None:
    settings = Settings(data_dir=tmp_path)
    assert log_path(settings, "acme", "1") == tmp_path / "logs" / "acme" / log_name("1")
    with pytest.raises(InvalidJobIdError):
        log_path(settings, bad, "1")
    with pytest.raises(InvalidJobIdError):
        log_path(settings, "acme", bad)
