"""A script of a catalogue administrator does its whole work against us."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clients import catalogue_script
from tests.support.comparer import compare
from tests.support.stacks.stacks import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Runs the script as a process, for one user."""

    stack: Stack
    file: Path

    def run(self, database: str, *arguments: str, user: str = "architect") -> tuple[int, list[str]]:
        """Give its exit code and the lines that it printed."""
        url = f"{self.stack.ready['gateway']}/darwin/api/2.0/exportimport"
        command = [sys.executable, catalogue_script.__file__, "--url", url, "--database", database]
        environ = {**os.environ, "USER_NAME": user, "USER_KEY": self.stack.ready["tenants"]["acme"]["keys"][user]}
        command += ["--file", str(self.file), *arguments]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, (done.stdout or done.stderr).splitlines()


@pytest.fixture
def script(stack: Stack, tmp_path: Path) -> Script:
    return Script(stack=stack, file=tmp_path / "shop.package")


def lines(said: str, name: str, ending: str) -> list[str]:
    return [
        f"INFO None Application {said}.",
        f"INFO APPLICATION_VERSION_{ending} {name}:3.2.1",
        "INFO IMPORT_SUCCESS Import succeeded.",
    ]


def test_a_version_moves_to_another_appliance(stack: Stack, script: Script) -> None:
    assert script.run("left", "export", "Shop:3.2.1") == (0, [])
    assert script.run("right", "import", "CHECK") == (0, lines("does not match", "Shop", "NOT_FOUND"))
    assert script.run("right", "import", "SKIP") == (0, lines("saved successfully", "Shop", "CREATED"))
    assert compare(stack.place("left", "Shop@3.2.1"), stack.place("right", "Shop")) == []
    assert script.run("right", "import", "CHECK") == (0, lines("matches", "Shop", "CONFLICT"))
    assert script.run("right", "import", "SKIP") == (0, lines("skipped", "Shop", "SKIPPED"))
    assert script.run("right", "import", "OVERWRITE") == (0, lines("saved successfully", "Shop", "UPDATED"))
    new = script.run("right", "import", "IMPORTASNEW", "--suffix", "two")
    assert new == (0, lines("saved successfully", "Shop_two", "CREATED"))
    for label in ("Shop", "Shop_two"):
        assert compare(stack.place("left", "Shop@3.2.1"), stack.place("right", label)) == []


def test_what_goes_wrong_is_told(script: Script) -> None:
    assert script.run("left", "export", "Shop:3.2.1") == (0, [])
    for user, arguments, status in (
        ("architect", ("export", "Shop:9.9.9"), "404"),
        ("admin", ("export", "Shop:3.2.1"), "403"),
        ("architect", ("import", "IMPORTASNEW"), "400"),
    ):
        code, told = script.run("left", *arguments, user=user)
        assert code == 1
        assert f"HTTP Error {status}:" in told[-1]
    script.file.write_text("no package!")
    code, told = script.run("right", "import", "SKIP")
    assert code == 1
    assert told[0].startswith("ERROR INVALID_ARCHIVE The package is not Base64")
    assert told[1] == "ERROR IMPORT_FAILED Import failed."
