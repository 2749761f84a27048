"""Answers a command of `python3 -m infra`, in the project's own environment."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from infra.arguments import parse_arguments
from infra.console import complain
from infra.environment import Environment, EnvironmentBroken
from infra.native.codec import Codec

CHECKOUT = Path(__file__).resolve().parent.parent


def answer(words: Sequence[str]) -> int:
    """Make the environment where needed, enter it, carry the command out there; return the exit code."""
    arguments = parse_arguments(words)
    environment = Environment(CHECKOUT)
    try:
        environment.ensure()
    except EnvironmentBroken as error:
        complain(str(error))
        return 1
    if not environment.is_entered():
        sys.stdout.flush()
        os.execv(environment.python, [str(environment.python), "-m", "infra", *words])
    with _meanwhile(arguments):
        Codec(CHECKOUT, environment.folder).ensure()
        return _carry_out(arguments)


def _meanwhile(arguments: argparse.Namespace) -> AbstractContextManager[None]:
    """What the tests need of the network arrives while the codec is compiled and the code is checked."""
    if arguments.command != "test":
        return nullcontext()
    from infra.downloads import fetching  # noqa: PLC0415 - it uses what the environment holds

    return fetching(CHECKOUT)


def _carry_out(arguments: argparse.Namespace) -> int:
    """Import the command's module only now: it may use what the environment holds."""
    match arguments.command:
        case "test" | "lint":
            return _check(arguments)
        case "up":
            from infra.stack.up import run_up  # noqa: PLC0415

            return run_up(CHECKOUT, arguments)
        case "bench":
            from infra.bench.command import run_bench  # noqa: PLC0415

            return run_bench(CHECKOUT, arguments)
        case "faults":
            from infra.faults import run_faults  # noqa: PLC0415

            return run_faults(CHECKOUT, arguments)
        case "demo":
            from infra.demo import run_demo  # noqa: PLC0415

            return run_demo(CHECKOUT, arguments)
        case _:
            return _make(arguments)


def _check(arguments: argparse.Namespace) -> int:
    from infra.checks import check_all, check_code  # noqa: PLC0415

    if arguments.command == "lint":
        return check_code(CHECKOUT)
    return check_all(
        CHECKOUT,
        pytest_arguments=arguments.pytest,
        with_browser=not arguments.no_browser,
        with_proxies=not arguments.no_proxies,
    )


def _make(arguments: argparse.Namespace) -> int:
    """Make one of the files that the repository holds."""
    match arguments.command:
        case "documents":
            from infra.documents.command import run_documents  # noqa: PLC0415

            return run_documents(CHECKOUT, arguments)
        case "deploy":
            from infra.deploy.command import run_deploy  # noqa: PLC0415

            return run_deploy(CHECKOUT, arguments)
        case "page":
            from infra.page import run_page  # noqa: PLC0415

            return run_page(arguments)
        case "screenshots":
            from infra.screenshots.command import run_screenshots  # noqa: PLC0415

            return run_screenshots(CHECKOUT, arguments)
        case "versitygw":
            from infra.engines.versitygw import run_versitygw  # noqa: PLC0415

            return run_versitygw()
        case _:
            from infra.bench.plot import run_plot  # noqa: PLC0415

            return run_plot(arguments)
