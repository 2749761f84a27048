"""Tests of the lock: what is declared is pinned, on every Python that is supported."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CONFIGURATION = tomllib.loads(Path("pyproject.toml").read_text())
PROJECT = CONFIGURATION["project"]
EXTRAS = PROJECT["optional-dependencies"]
DECLARED = [Requirement(text) for text in (*PROJECT["dependencies"], *EXTRAS["dev"], *EXTRAS["s3"], *EXTRAS["tracing"])]


def read_pins() -> Iterator[Requirement]:
    """Give the lock's pins, each with the marker that says where it counts."""
    for line in Path("requirements.lock").read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            yield Requirement(line.removesuffix("\\"))


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_the_lock_pins_what_is_declared(python: str) -> None:
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    pins = defaultdict(list)
    for pin in read_pins():
        if pin.marker is None or pin.marker.evaluate(environment):
            pins[canonicalize_name(pin.name)].append(next(iter(pin.specifier)).version)
    for requirement in DECLARED:
        (version,) = pins[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement


def test_a_wheel_is_compiled_by_the_cython_of_the_lock() -> None:
    (wanted,) = [each for each in CONFIGURATION["build-system"]["requires"] if each.startswith("cython")]
    assert wanted in [f"{pin.name}{pin.specifier}" for pin in read_pins()]


def test_the_header_is_that_of_the_locked_hash_library() -> None:
    wanted = Path("infra/native/xxhash.lock").read_text().split()[0]
    assert wanted in [f"{pin.name}{pin.specifier}" for pin in read_pins()]
