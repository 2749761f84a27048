"""Commands that stand on settings, and those that become one of our processes."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.command_line import call

CHECKOUT = Path(__file__).parents[3]


def test_wrong_settings_are_code_2_and_named() -> None:
    ending = call({"GRAPHFERRY_PORT": "many"}, "bootstrap")
    assert ending.code == 2
    assert "GRAPHFERRY_PORT" in ending.messages


def test_a_store_out_of_reach_is_code_5(tmp_path: Path) -> None:
    environ = {"GRAPHFERRY_VALKEY_URL": "redis://127.0.0.1:1/0", "GRAPHFERRY_DATA_DIR": str(tmp_path)}
    ending = call(environ, "bootstrap")
    assert ending.code == 5
    assert "does not answer" in ending.messages


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_process_takes_over_with_its_exit_code(command: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "shared.cli", command],
        env={"GRAPHFERRY_PORT": "many", "GRAPHFERRY_MAX_JOBS": "9"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert "GRAPHFERRY_PORT" in ended.stderr


def test_a_stack_is_told_what_follows_dev() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "shared.cli", "dev", "--workers", "none"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert "'none' is not a whole number" in ended.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_of_the_shell(shell: str) -> None:
    ending = call({}, "completion", shell)
    assert (ending.code, ending.messages) == (0, "")
    assert "graphferry" in ending.output
    assert "archives" in ending.output


def test_the_version_is_that_of_the_distribution() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "shared.cli", "--version"], capture_output=True, text=True, timeout=60, check=True
    )
    wanted = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"]
    assert ended.stdout == f"{wanted}\n"


def test_a_command_does_not_wait_for_the_drivers_of_engines_that_it_does_not_ask() -> None:
    asked = "import sys, shared.cli.__main__; print(*{'neo4j', 'redis', 'arq'} & sys.modules.keys())"
    ended = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "\n"
