"""Shells complete commands, options and the names that the gateway has."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from shared.cli import choosing
from tests.gateway.dialects.native.test_jobs import submit
from tests.shared.cli.conftest import Desk
from tests.support.command_line import call

_ASK_BASH = """
source {script}
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
"$(complete -p graphferry | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def write_script(shell: str, folder: Path) -> Path:
    script = folder / f"completion.{shell}"
    script.write_text(call({}, "completion", shell).output)
    return script


def give_command(folder: Path) -> Path:
    """Let the shell find the command in a folder."""
    command = folder / "graphferry"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m shared.cli "$@"\n')
    command.chmod(0o755)
    return folder


def run(command: list[str], environ: Mapping[str, str], folder: Path) -> str:
    path = f"{give_command(folder)}:{os.environ['PATH']}"
    kept = {name: os.environ[name] for name in ("PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
    ended = subprocess.run(
        command,
        env={"HOME": str(folder), "PATH": path, **kept, **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.stderr == ""
    return ended.stdout


def ask_bash(words: str, environ: Mapping[str, str], folder: Path) -> list[str]:
    """Press Tab in bash behind words as they are typed; `''` is a word that is still to come."""
    asked = _ASK_BASH.format(script=write_script("bash", folder), words=words)
    return [line for line in run(["bash", "-c", asked], environ, folder).splitlines() if line]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("graphferry jobs wa", ["watch"]),
        ("graphferry jobs list --ki", ["--kind"]),
        ("graphferry jobs list --kind exp", ["export"]),
        ("graphferry jobs list --output w", ["wide"]),
        ("graphferry completion f", ["fish"]),
    ],
)
def test_bash_completes_commands_options_and_words(words: str, expected: list[str], tmp_path: Path) -> None:
    assert ask_bash(words, {}, tmp_path) == expected


async def test_bash_completes_what_the_gateway_has(desk: Desk, tmp_path: Path) -> None:
    desk.world.databases["source"].add_node(["Application"], {"Name": "My Other App"})
    for name in ("MyApp.zip", "my orders.zip"):
        desk.world.archives.put("acme", name, b"PK")
    job = await submit(desk.world)
    environ = desk.as_("admin").environ
    for words, expected in {
        "graphferry export --database so": ["source"],
        "graphferry copy source ta": ["target"],
        "graphferry applications show MyA": ["MyApp"],
        "graphferry applications delete --database source My\\ O": ["My\\ Other\\ App"],
        "graphferry applications delete --database target My": [],
        "graphferry archives download my": ["my\\ orders.zip"],
        "graphferry archives delete MyApp.zip my": ["my\\ orders.zip"],
        "graphferry users show impo": ["importer"],
        f"graphferry jobs cancel {job.id[:4]}": [job.id],
        "graphferry jobs retry ''": [],
    }.items():
        assert await asyncio.to_thread(ask_bash, words, environ, tmp_path) == expected, words


async def test_names_that_command_a_terminal_are_not_offered(desk: Desk, tmp_path: Path) -> None:
    desk.world.databases["source"].add_node(["Application"], {"Name": "My\x1b[31mRed"})
    found = await asyncio.to_thread(ask_bash, "graphferry export M", desk.as_("admin").environ, tmp_path)
    assert found == ["MyApp"]


@pytest.mark.parametrize("url", [None, "http://127.0.0.1:1", "nonsense"])
def test_without_a_gateway_nothing_is_offered_and_nothing_said(url: str | None, tmp_path: Path) -> None:
    environ = {} if url is None else {"GRAPHFERRY_URL": url, "GRAPHFERRY_KEY": "gf_x"}
    assert ask_bash("graphferry export M", environ, tmp_path) == []


async def test_a_gateway_that_refuses_offers_nothing(desk: Desk, tmp_path: Path) -> None:
    """A user without roles may not list users."""
    assert await asyncio.to_thread(ask_bash, "graphferry users show a", desk.as_("user").environ, tmp_path) == []


async def test_a_gateway_that_takes_its_time_is_not_waited_for() -> None:
    assert choosing._SECONDS <= 2.0

    async def sleep(*_: object) -> list[tuple[str, str]]:
        await asyncio.sleep(60.0)
        return []

    class Typed:
        def get(self, _: str) -> None:
            return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choosing, "_SECONDS", 0.05)
        patch.setenv("GRAPHFERRY_URL", "http://127.0.0.1:1")
        patch.setenv("GRAPHFERRY_KEY", "gf_x")
        completer = choosing._completed_by(sleep).completer
        assert completer is not None
        assert await asyncio.to_thread(completer, Typed()) == []  # type: ignore[arg-type]


@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish")
async def test_fish_completes_what_the_gateway_has(desk: Desk, tmp_path: Path) -> None:
    script = write_script("fish", tmp_path)
    for words, expected in {"jobs wa": "watch", "applications show MyA": "MyApp"}.items():
        asked = f"source {script}; complete -C {shlex.quote(f'graphferry {words}')}"
        command = ["fish", "--no-config", "-c", asked]
        found = await asyncio.to_thread(run, command, desk.as_("admin").environ, tmp_path)
        assert [line.split("\t")[0] for line in found.splitlines()] == [expected]


@pytest.mark.skipif(shutil.which("zsh") is None, reason="there is no zsh")
def test_zsh_knows_the_command(tmp_path: Path) -> None:
    script = write_script("zsh", tmp_path)
    asked = f"autoload -Uz compinit && compinit -D -u; source {script}; print -r -- $_comps[graphferry]"
    assert run(["zsh", "-f", "-c", asked], {}, tmp_path).strip() == "_cyclopts_graphferry"
