"""pytest-xdist's insides are still those that we reach into."""

from __future__ import annotations

from importlib.metadata import version
from types import SimpleNamespace
from typing import cast

import pytest

from tests.conftest import pytest_configure, pytest_configure_node
from tests.support import xdist_internals
from tests.support.xdist_internals import make_scheduler

FAULTS = [
    "tests/faults/test_a.py::test_one[1]",
    "tests/faults/test_b.py::test_two",
    "tests/faults/test_a.py::test_one[2]",
]
CLIENTS = ["tests/clients/test_c.py::test_three[a::b]", "tests/clients/test_c.py::test_four"]
OTHERS = ["tests/shared/test_d.py::test_five", "tests/shared/test_e.py::test_six"]


class Process:
    """One that notes the tests that it gets."""

    shutting_down = False

    def __init__(self) -> None:
        self.gateway = SimpleNamespace(id="process")
        self.got: list[int] = []

    def send_runtest_some(self, indices: list[int]) -> None:
        self.got += indices

    def shutdown(self) -> None:
        self.shutting_down = True


def test_the_docstring_names_the_version_that_is_installed() -> None:
    assert f"pytest-xdist {version('pytest-xdist')} " in (xdist_internals.__doc__ or "")


def test_a_folder_with_one_stack_goes_to_one_process_and_every_file_stays_whole() -> None:
    config = SimpleNamespace(getvalue=lambda _: ["popen", "popen"], option=SimpleNamespace(loadscopereorder=True))
    scheduler = make_scheduler(config, None)
    tests = [*FAULTS, *CLIENTS, *OTHERS]
    first, second = Process(), Process()
    for process in (first, second):
        scheduler.add_node(process)
        scheduler.add_node_collection(process, tests)
    scheduler.schedule()
    assert [tests[index] for index in first.got] == FAULTS
    assert [tests[index] for index in second.got] == [*CLIENTS, OTHERS[0]]  # the next part waits while two are left


def test_every_process_has_the_chances_of_the_run() -> None:
    node = SimpleNamespace(config=SimpleNamespace(option=SimpleNamespace(fault_seed=7)), workerinput={})
    pytest_configure_node(node)
    process = SimpleNamespace(option=SimpleNamespace(fault_seed=8), workerinput=node.workerinput)
    pytest_configure(cast("pytest.Config", process))
    assert process.option.fault_seed == 7
