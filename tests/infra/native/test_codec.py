"""Tests of the compiled codec in a checkout."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from infra.native import building, compilers
from infra.native.codec import Codec
from infra.native.compilers import BuildFailed, Compiler, find_system_compiler

_MODULE = "def double(number):\n    return 2 * number\n"


class Programs:
    """Stands for Cython, pip and compilers: notes how they are called, makes what they are asked for."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.failing: Sequence[str] = ()

    def run(self, words: Sequence[str], **_: Any) -> None:
        """Be one of them."""
        call = " ".join(words)
        self.calls.append(call)
        if any(each in call for each in self.failing):
            raise BuildFailed(f"{call} fails")
        if "-o" in words:
            Path(words[words.index("-o") + 1]).write_text("made")

    def count(self, program: str) -> int:
        """Count its calls."""
        return sum(program in call for call in self.calls)


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Programs that cost nothing; the system's compiler is `cc`."""
    fakes = Programs()
    for module in (building, compilers):
        monkeypatch.setattr(module, "run", fakes.run)
    monkeypatch.setenv("CC", "cc")
    return fakes


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one module to compile, whose header is there already."""
    folder = tmp_path / "checkout" / "shared" / "native"
    folder.mkdir(parents=True)
    for package in (folder, folder.parent):
        (package / "__init__.py").touch()
    (folder / "doubling.pyx").write_text(_MODULE)
    work = tmp_path / "environment" / "native"
    work.mkdir(parents=True)
    (work / "xxhash.h").touch()
    return tmp_path / "checkout"


@pytest.fixture
def codec(checkout: Path) -> Codec:
    """Its codec."""
    return Codec(checkout, checkout.with_name("environment"))


def module_of(checkout: Path) -> Path:
    """Where the compiled module stands."""
    return checkout / "shared" / "native" / f"doubling{sysconfig.get_config_var('EXT_SUFFIX')}"


def test_the_codec_is_compiled_once_and_again_when_its_sources_change(
    codec: Codec, checkout: Path, programs: Programs, capfd: pytest.CaptureFixture[str]
) -> None:
    assert codec.ensure()
    assert "Compiling the codec" in (said := capfd.readouterr().out)
    assert "1/1 doubling (cc)" in said
    assert module_of(checkout).exists()
    assert codec.ensure()
    assert capfd.readouterr().out == ""
    assert programs.count("cc -O2") == 1

    (checkout / "shared" / "native" / "doubling.pyx").write_text(_MODULE.replace("2", "3"))
    assert codec.ensure()
    assert programs.count("cc -O2") == 2


def test_a_module_that_was_deleted_is_compiled_again(codec: Codec, checkout: Path, programs: Programs) -> None:
    assert codec.ensure()
    module_of(checkout).unlink()
    assert codec.ensure()
    assert programs.count("cc -O2") == 2


def test_where_the_systems_compiler_fails_or_is_not_there_one_is_fetched_for_any_processor(
    codec: Codec, checkout: Path, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs.failing = ["cc -O2"]
    assert codec.ensure()
    assert programs.count("-m ziglang cc -mcpu=baseline -O2") == 1

    monkeypatch.delenv("CC")
    monkeypatch.setenv("PATH", "/nowhere")
    module_of(checkout).unlink()
    assert codec.ensure()
    assert programs.count("-m ziglang cc -mcpu=baseline -O2") == 2


def test_without_any_compiler_the_way_without_is_told(
    codec: Codec,
    checkout: Path,
    programs: Programs,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    module_of(checkout).write_text("of older sources")
    monkeypatch.delenv("CC")
    monkeypatch.setenv("PATH", "/nowhere")
    programs.failing = ["ziglang.lock"]
    assert not codec.ensure()
    said = capfd.readouterr().out
    assert "There is no C compiler on PATH" in said
    assert "ziglang.lock fails" in said
    assert "Everything works without it" in said
    assert "apt install gcc python3-dev" in said
    assert not module_of(checkout).exists()
    assert not codec.ensure()
    assert "could not be compiled (docs/codec.md)" in (again := capfd.readouterr().out)
    assert "ziglang" not in again


def test_it_is_tried_again_with_another_compiler(
    codec: Codec, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs.failing = ["cc -", "ziglang.lock"]
    assert not codec.ensure()
    monkeypatch.setenv("CC", "clang")
    assert codec.ensure()


def test_what_was_compiled_can_be_imported(codec: Codec, checkout: Path) -> None:
    if find_system_compiler({"PATH": "/usr/bin:/usr/local/bin"}) is None:
        pytest.skip("no compiler on this machine")
    assert codec.ensure()
    code = "from shared.native.doubling import double; print(double(21))"
    said = subprocess.run([sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True, check=True)
    assert said.stdout == "42\n"


def test_programs_that_fail_are_named() -> None:
    with pytest.raises(BuildFailed, match=r"(?s)false …"):
        compilers.run(["false"])
    with pytest.raises(BuildFailed, match=r"/nowhere/cc: No such file"):
        compilers.run(["/nowhere/cc"])


def test_the_systems_compiler_is_the_one_that_it_names() -> None:
    assert find_system_compiler({"CC": "ccache gcc"}) == Compiler(("ccache", "gcc"))
    assert find_system_compiler({"PATH": "/nowhere"}) is None
