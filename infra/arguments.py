"""The command line of `python3 -m infra`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from infra.engines.versions import CURRENT, LTS

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def parse_arguments(words: Sequence[str]) -> argparse.Namespace:
    """Parse the command line; `command` names the command, `pytest` holds what `test` hands on to pytest."""
    parser = argparse.ArgumentParser(
        prog="python3 -m infra", description="Starts Graphferry with real engines, checks it, writes what it generates."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands")
    _add_demo(commands)
    _add_test(commands)
    _add_lint(commands)
    _add_up(commands)
    _add_bench(commands)
    _add_plot(commands)
    _add_faults(commands)
    _add_documents(commands)
    _add_deploy(commands)
    _add_page(commands)
    _add_screenshots(commands)
    _add_versitygw(commands)
    arguments, rest = parser.parse_known_args(words)
    if rest and arguments.command != "test":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    arguments.pytest = rest
    return arguments


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    demo = commands.add_parser("demo", help="export a sample application, import it again, compare")
    demo.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file too")
    demo.add_argument("--keep", action="store_true", help="leave everything running until Ctrl-C")
    demo.add_argument("--data-dir", type=Path, default=Path("data/demo"), metavar="D", help="default: data/demo")
    demo.add_argument("--multiply", type=_positive, default=1, metavar="N", help="make the sample N times as large")
    told = "where archives are: a folder (default), or an object store that is started too"
    demo.add_argument("--archives", choices=("folder", "s3"), default="folder", help=told)
    _add_version(demo)


def _add_test(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    test = commands.add_parser("test", help="check the code, then pass every test; further words go to pytest")
    test.add_argument("--no-browser", action="store_true", help="leave out the tests that need a browser")
    test.add_argument("--no-proxies", action="store_true", help="leave out the tests that need nginx and haproxy")


def _add_lint(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    commands.add_parser("lint", help="check the code as `test` does, without the tests")


def _add_up(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    up = commands.add_parser("up", help="run the whole stack until it is stopped")
    up.add_argument("--tenants", type=_names, default=("acme",), metavar="A,B", help="default: acme")
    up.add_argument(
        "--databases", type=_names, metavar="A,B", help="default: those in GRAPHFERRY_DATABASES, else source,target"
    )
    up.add_argument("--workers", type=_positive, default=1, metavar="N", help="worker processes (default: 1)")
    up.add_argument("--data-dir", type=Path, default=Path("data/up"), metavar="D", help="default: data/up")
    up.add_argument("--ready-file", type=Path, metavar="F", help="written when all is ready: addresses, keys, pids")
    pause = "the longest pause before a process that dies again and again is started again (default: 10)"
    up.add_argument("--restart-seconds", type=_positive, default=10, metavar="S", help=pause)
    _add_version(up)


def _add_bench(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    bench = commands.add_parser("bench", help="measure side by side, and print the ratios")
    bench.add_argument("--quick", action="store_true", help="smaller graphs, fewer rounds: some minutes")
    bench.add_argument("--large", action="store_true", help="grow to 20 million elements too")
    bench.add_argument("--only", type=_names, metavar="A,B", help="measure these parts")
    bench.add_argument("--elements", type=_positive, metavar="N", help="of the graph that is moved (default: 1200000)")
    bench.add_argument("--rounds", type=_positive, metavar="N", help="of each comparison (default: 3; slow peers: 2)")
    bench.add_argument("--json", type=Path, metavar="FILE", help="write every figure to a file too")
    bench.add_argument("--data-dir", type=Path, default=Path("data/bench"), metavar="D", help="default: data/bench")
    _add_version(bench, LTS)


def _add_faults(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    faults = commands.add_parser("faults", help="kill, stop and cut off real processes, and see what becomes of jobs")
    faults.add_argument("--full", action="store_true", help="as often as is promised, for hours; else a small share")
    faults.add_argument("--rounds", type=_positive, metavar="N", help="at most so many rounds of each fault")
    faults.add_argument("--only", type=_names, metavar="R1,R2", help="only these rows of docs/faults.md")
    faults.add_argument("--seed", type=int, metavar="N", help="repeat a run's chances")
    faults.add_argument("--short-leases", action="store_true", help="let take-overs of a full run wait 3 s, not 15")
    faults.add_argument("--report", type=Path, metavar="FILE", help="write counts, seed and times to a file")


def _add_plot(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    plot = commands.add_parser("plot", help="draw the figures of a bench as SVG")
    plot.add_argument("figures", type=Path, metavar="JSON", help="what `bench --json` wrote")
    plot.add_argument("svg", type=Path, metavar="SVG", help="the drawing")


def _add_documents(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    documents = commands.add_parser(
        "documents",
        help="write the pages, samples and types that are generated from the code",
        description="Writes docs/errors.md, docs/command-line.md, the archives of docs/samples, what docs/proxies.md "
        "shows, and the types of the API in the source of the Admin Center, wherever they are not what the code gives.",
    )
    documents.add_argument("--check", action="store_true", help="write nothing; fail, and name each that is stale")


def _add_deploy(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    deploy = commands.add_parser(
        "deploy",
        help="write what fleets run Graphferry with: image, Compose file, Helm chart, units; docs/deployment.md",
    )
    deploy.add_argument("--check", action="store_true", help="write nothing; fail, and name what is stale or wrong")


def _add_page(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    page = commands.add_parser(
        "page", help="build the bundle of the Admin Center, with the API's types that it is built from"
    )
    page.add_argument("--check", action="store_true", help="write nothing, but see that the bundle fits its source")


def _add_screenshots(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    screenshots = commands.add_parser("screenshots", help="take the pictures of the Admin Center; needs Chromium")
    screenshots.add_argument(
        "--folder", type=Path, default=Path("docs/images"), metavar="D", help="default: docs/images"
    )
    screenshots.add_argument(
        "--data-dir", type=Path, default=Path("data/screenshots"), metavar="D", help="default: data/screenshots"
    )


def _add_versitygw(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    commands.add_parser(
        "versitygw",
        help="build the object store versitygw once, for tests: 7 to 14 minutes; needs Go",
        description="From then on the tests of ports run on it too, wherever they run on object stores.",
    )


def _add_version(parser: argparse.ArgumentParser, default: str = CURRENT) -> None:
    other = LTS if default == CURRENT else CURRENT
    parser.add_argument(
        "--neo4j-version",
        default=default,
        metavar="V",
        help=f"embedded Neo4j: {default} (default) or another, such as {other}",
    )


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(",")))
    for name in names:
        if _NAME.fullmatch(name) is None:
            raise argparse.ArgumentTypeError(
                f"{name!r} is not a name: letters, digits, '.', '_', '-', the first a letter or digit"
            )
    return names


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)
