"""The codec with the compiler's sanitizers, which end a run at the first fault of memory.

`python -m infra.native.sanitizing WORDS` gives the words to pytest, whose tests then use it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from platform import machine
from typing import Final

from infra.files import held
from infra.native.building import compile_all, list_sources
from infra.native.codec import Codec
from infra.native.compilers import BuildFailed, Compiler, find_system_compiler

_OPTIONS: Final = ("-O0", "-g1", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined")
"""Not optimized: compiling takes longer than what is run."""
_RUNTIMES: Final = ("libasan.so", f"libclang_rt.asan-{machine()}.so")
_CLANG: Final = "-shared-libsan"

_PYTEST: Final = """
import importlib, pathlib, sys
import pytest, shared.native
folder, *words = sys.argv[1:]
shared.native.__path__.insert(0, folder)
for file in pathlib.Path(folder).glob("*.so"):
    module = importlib.import_module("shared.native." + file.name.partition(".")[0])
    assert module.__file__ == str(file), "this is not the module with the sanitizers"
sys.exit(pytest.main(["-p", "no:cacheprovider", "-n", "0", *words]))
"""


class NoSanitizers(Exception):  # noqa: N818 - reads as what it says
    """The compiler of this machine has none; the message says what is missing."""


class SanitizedCodec:
    """The modules of `shared/native` again, in a folder of their own."""

    def __init__(self, checkout: Path, environment: Path) -> None:
        self._checkout = checkout
        self._codec = Codec(checkout, environment)
        self._work = environment / "native"
        self._folder = self._work / "sanitized"
        self._stamp = self._folder / "stamp"
        self._compiler, self._runtime = find_sanitizers(os.environ)

    def ensure(self) -> None:
        """Compile it unless that was done. Raises: BuildFailed."""
        if not self._codec.ensure():
            raise BuildFailed("the codec could not be compiled without sanitizers, either")
        translated = [self._work / f"{each.stem}.c" for each in list_sources(self._checkout / "shared" / "native")]
        with held(self._checkout):
            wanted = self._fingerprint(translated)
            if not self._stamp.exists() or self._stamp.read_text() != wanted:
                self._folder.mkdir(exist_ok=True)
                compile_all(self._compiler, translated, self._work, self._folder)
                self._stamp.write_text(wanted)

    def _fingerprint(self, translated: Sequence[Path]) -> str:
        content = hashlib.sha256(repr(self._compiler).encode())
        for file in translated:
            content.update(file.read_bytes())
        return content.hexdigest()

    def run(self, words: Sequence[str], *, program: str = _PYTEST, output: int | None = None) -> tuple[int, str]:
        """Run a program with the sanitizers; return its code, and what it says if `output` is a pipe."""
        command = [sys.executable, "-c", program, str(self._folder), *words]
        done = subprocess.run(
            command, cwd=self._checkout, env=self._environ(), stdout=output, stderr=output, text=True, check=False
        )
        return done.returncode, f"{done.stdout}{done.stderr}"

    def _environ(self) -> Mapping[str, str]:
        return {
            # Without what another pytest, which runs this, tells its processes.
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
            "LD_PRELOAD": str(self._runtime),
            "ASAN_OPTIONS": "detect_leaks=0:malloc_context_size=2:quarantine_size_mb=16",
            "UBSAN_OPTIONS": "print_stacktrace=1",
            "PYTHONMALLOC": "malloc",  # Python's own hides what is small from the sanitizer
        }


def find_sanitizers(environ: Mapping[str, str]) -> tuple[Compiler, Path]:
    """Return the system's compiler, told to use its sanitizers, and their runtime. Raises: NoSanitizers."""
    compiler = find_system_compiler(environ)
    if compiler is None:
        raise NoSanitizers("There is no C compiler on PATH.")
    for name in _RUNTIMES:
        runtime = Path(_ask(compiler, f"-print-file-name={name}"))
        if runtime.is_absolute() and runtime.exists():
            options = _OPTIONS if name == _RUNTIMES[0] else (*_OPTIONS, _CLANG)
            return replace(compiler, options=options), runtime
    raise NoSanitizers(f"{compiler.name} has none of {', '.join(_RUNTIMES)}.")


def _ask(compiler: Compiler, word: str) -> str:
    try:
        return subprocess.run([*compiler.words, word], capture_output=True, text=True, check=False).stdout.strip()
    except OSError as error:
        raise NoSanitizers(f"{compiler.name}: {error.strerror}.") from error


def main(words: Sequence[str]) -> int | str:
    """Run tests by it; return pytest's code, or why it could not run."""
    try:
        codec = SanitizedCodec(Path.cwd(), Path(sys.prefix))
        codec.ensure()
    except (NoSanitizers, BuildFailed) as error:
        return str(error)
    return codec.run(words)[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
