"""Every ending has the exit code that the documentation promises."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from shared.jobs.record import WAITING_LIMIT, Failure, Outcome, Status
from tests.shared.cli.conftest import Desk
from tests.support.command_line import CommandLine, call


async def test_what_is_done_is_0(desk: Desk) -> None:
    ending = await desk.as_("admin")("whoami")
    assert (ending.code, ending.messages) == (0, "")
    assert ending.output.splitlines()[0].split() == ["User", "admin"]


async def test_what_is_not_there_is_1(desk: Desk) -> None:
    ending = await desk.as_("admin")("jobs", "show", "0199f0c2-0000-7000-8000-000000000000")
    assert (ending.code, ending.output) == (1, "")
    assert "is unknown" in ending.messages


@pytest.mark.parametrize(
    ("tokens", "named"),
    [
        (["nonsense"], "nonsense"),
        (["jobs", "show"], "--last"),
        (["jobs", "list", "--status", "done"], "done"),
        (["jobs", "list", "--limit", "0"], "limit"),
        (["jobs", "cancel"], "job"),
        (["export", "--database", "source"], "application"),
        (["export", "A", "B", "--version", "1.0.0"], "--version"),
        (["export", "A", "--no-wait", "--output", "x.zip"], "--output"),
        (["import"], "archive"),
        (["import", "nowhere.zip"], "nowhere.zip"),
        (["import", "--stored", "a.zip", "--rename-label", "A"], "LABEL=OTHER"),
        (["import", "a.zip", "b.zip", "--name", "c.zip"], "--name"),
        (["import", "a.zip", "b.zip", "--stored", "--idempotency-key", "x"], "--idempotency-key"),
        (["import", "a.zip", "--stored", "--version-step", "major"], "--version-step"),
        (["import", "a.zip", "--stored", "--on-conflict", "burn"], "burn"),
        (["whoami", "--url", "ferry.example"], "ferry.example"),
        (["whoami", "--url", "http://ann:secret@ferry.example"], "credentials"),
        (["whoami", "--url", "http://ferry.example:99999"], "99999"),
        (["whoami", "--tenant", "a\nb"], "tenant"),
        (["jobs", "show", "\udcff"], "no text"),
        (["export", "\udcff", "--database", "source"], "no text"),
        (["whoami", "--profile", "nobody"], "nobody"),
        (["whoami", "--colour", "red"], "--colour"),
        (["whoami", "--timeout", "3"], "--timeout"),
        (["inspect", "nowhere.zip"], "nowhere.zip"),
        (["archives", "delete", "a.zip"], "--yes"),
        (["completion", "tcsh"], "tcsh"),
    ],
)
def test_wrong_words_are_2_and_named(tokens: Sequence[str], named: str, tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "GRAPHFERRY_URL": "http://127.0.0.1:1", "GRAPHFERRY_KEY": "gf_x"}
    ending = call(environ, *tokens)
    assert (ending.code, ending.output) == (2, "")
    assert named in ending.messages
    assert "secret" not in ending.messages


@pytest.mark.parametrize("environ", [{}, {"GRAPHFERRY_URL": "http://127.0.0.1:1"}])
def test_no_gateway_or_no_key_is_2(environ: dict[str, str], tmp_path: Path) -> None:
    ending = call({"HOME": str(tmp_path), **environ}, "whoami")
    assert ending.code == 2
    assert "login" in ending.messages


async def test_what_the_gateway_calls_a_wrong_request_is_2(desk: Desk) -> None:
    ending = await desk.as_("admin")("import", "../a.zip", "--stored", "--no-check", "--database", "source")
    assert ending.code == 2
    assert "path segment" in ending.messages


async def test_some_of_several_is_3(desk: Desk) -> None:
    desk.world.archives.put("acme", "a.zip", b"PK")
    ending = await desk.as_("admin")("archives", "delete", "a.zip", "b.zip", "--yes")
    assert (ending.code, ending.output) == (3, "a.zip\n")
    assert "'b.zip'" in ending.messages


async def test_none_of_several_is_1(desk: Desk) -> None:
    ending = await desk.as_("admin")("archives", "delete", "a.zip", "b.zip", "--yes")
    assert ending.code == 1


async def test_bad_credentials_and_lacking_rights_are_4(desk: Desk) -> None:
    stranger = CommandLine.at(desk.proxy.url, "gf_nonsense", desk.home)
    assert (await stranger("whoami")).code == 4
    assert "gf_nonsense" not in (await stranger("whoami")).messages
    assert (await desk.as_("user")("archives", "delete", "a.zip", "--yes")).code == 4


def test_a_gateway_out_of_reach_is_5(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "GRAPHFERRY_URL": "http://127.0.0.1:1", "GRAPHFERRY_KEY": "gf_x"}
    ending = call(environ, "whoami")
    assert ending.code == 5
    assert "http://127.0.0.1:1 does not answer" in ending.messages


async def test_a_full_queue_is_11(desk: Desk) -> None:
    admin = desk.as_("admin")
    export = ("export", "MyApp", "--database", "source", "--no-wait")
    for _ in range(1 + WAITING_LIMIT):
        assert (await admin(*export)).code == 0
    ending = await admin(*export)
    assert (ending.code, ending.output) == (11, "")
    assert "waiting already" in ending.messages


@pytest.mark.parametrize(
    ("status", "failure", "code"),
    [
        (Status.CLOSED, None, 0),
        (Status.FAILED, "SOURCE_CHANGED", 1),
        (Status.FAILED, "WORKER_CRASHED", 5),
        (Status.CLOSED_BY_TIMEOUT, None, 1),
        (Status.CANCELLED, None, 1),
    ],
)
async def test_the_end_of_a_job_decides(desk: Desk, status: Status, failure: str | None, code: int) -> None:
    admin = desk.as_("admin")
    submitted = await admin("export", "MyApp", "--database", "source", "--no-wait")
    (job,) = desk.jobs
    assert submitted.output == f"{job.id}\n"
    why = None if failure is None else Failure(code=failure, message="It is so.", details=("first",))
    await desk.end(job, Outcome(status=status, failure=why))
    ending = await admin("jobs", "watch", job.id)
    assert ending.code == code
    assert ("It is so." in ending.messages) == (failure is not None)
