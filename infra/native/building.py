"""Makes Python modules of Cython sources."""

from __future__ import annotations

import itertools
import os
import shutil
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from infra.console import say
from infra.native.compilers import PIP, BuildFailed, Compiler, fetch_compiler, find_system_compiler, run

HEADER_LOCK = Path(__file__).with_name("xxhash.lock")
"""The source distribution whose `xxhash.h` the codec includes."""
_HEADER = "xxhash.h"


def list_sources(folder: Path) -> Sequence[Path]:
    """List the modules to compile."""
    return sorted(folder.glob("*.pyx"))


def module_of(source: Path) -> Path:
    """Return the file that a source is compiled to, for this very Python."""
    return source.with_name(f"{source.stem}{sysconfig.get_config_var('EXT_SUFFIX')}")


def build(checkout: Path, folder: Path, work: Path) -> Compiler:
    """Compile what a folder holds, in place; `work` keeps what the next time needs too. Raises: BuildFailed."""
    work.mkdir(parents=True, exist_ok=True)
    _fetch_header(work)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        translated = list(pool.map(lambda source: _translate(checkout, source, work), list_sources(folder)))
    reasons: list[str] = []
    with tempfile.TemporaryDirectory(dir=work) as unpacked:
        for compiler in _compilers(Path(unpacked), reasons):
            try:
                compile_all(compiler, translated, work, folder)
            except BuildFailed as error:
                reasons.append(str(error))
            else:
                return compiler
    raise BuildFailed("\n".join(reasons))


def _compilers(unpacked: Path, reasons: list[str]) -> Iterator[Compiler]:
    """Give those to try, in order; the second is fetched only where the first fails."""
    if (ours := find_system_compiler(os.environ)) is not None:
        yield ours
    else:
        reasons.append("There is no C compiler on PATH.")
    try:
        yield fetch_compiler(unpacked)
    except BuildFailed as error:
        reasons.append(str(error))


def _translate(checkout: Path, source: Path, work: Path) -> Path:
    code = work / f"{source.stem}.c"
    # From within the checkout, so that Cython finds the packages by their names.
    relative = str(source.relative_to(checkout))
    run([sys.executable, "-m", "cython", "-3", relative, "-o", str(code)], folder=checkout)
    return code


def compile_all(compiler: Compiler, translated: Sequence[Path], work: Path, folder: Path) -> None:
    """Make modules of C code, in a folder, as many at once as there are cores; `work` has the header.

    Raises: BuildFailed.
    """

    def make(number: int, code: Path) -> None:
        say(f"  {number}/{len(translated)} {code.stem} ({compiler.name})")
        target = module_of(folder / code.name)
        compiled = work / target.name
        compiler.compile(code, compiled, include=work)
        compiled.replace(target)  # whoever runs the old one keeps it

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(make, itertools.count(1), translated))


def _fetch_header(work: Path) -> None:
    """Take the header out of its source distribution, which pip finds and checks."""
    if (work / _HEADER).exists():
        return
    with tempfile.TemporaryDirectory(dir=work) as fetched:
        options = ["--require-hashes", "--no-deps", "--no-binary", ":all:", "--dest", fetched]
        run([*PIP, "download", *options, "-r", str(HEADER_LOCK)])
        (distribution,) = Path(fetched).glob("*.tar.gz")
        with tarfile.open(distribution) as archive:
            member = next(each for each in archive.getmembers() if each.name.endswith(f"/{_HEADER}"))
            content = archive.extractfile(member)
            if content is None:
                raise BuildFailed(f"{distribution.name} holds no {_HEADER}.")
            part = Path(fetched, _HEADER)
            with part.open("wb") as file:
                shutil.copyfileobj(content, file)
        part.replace(work / _HEADER)
