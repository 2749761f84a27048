"""Runs a worker as a process, from arguments to exit code."""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import gc
import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import structlog

from handlers.attempts.context import Handler
from handlers.worker.metrics import WorkerMetrics, serve_metrics
from handlers.worker.pool import PROGRAM, Pool, follow_parent
from handlers.worker.stopping import Stop
from handlers.worker.worker import WorkerProcess
from shared.errors import StoreTooNewError, UnavailableError
from shared.jobs.record import JobKind
from shared.logs import configure_logging
from shared.resources import open_event_queues, open_resources
from shared.settings.process import Settings, SettingsError

EXIT_SETTINGS = 2
"""The settings are wrong, or the store is for a later version: another start would end in the same way."""
EXIT_UNAVAILABLE = 1
"""The store was out of reach at the start: start again later."""

PATIENCE_SECONDS = 10.0
"""How long a worker that is to take one job waits for it."""

COLLECTOR_THRESHOLDS = (50_000, 10, 50)
"""New objects, then collections of each generation, before the next: measured, with no more memory than by default."""

_M_MMAP_THRESHOLD = -3
"""glibc's number for the size from which memory is mapped apart, and so given back at once."""
MAPPED_BYTES = 4 * 1024**2
"""Longer than the pieces that are read and written all the time."""


def run_process(
    arguments: Sequence[str],
    environ: Mapping[str, str],
    handlers: Mapping[JobKind, Handler],
    program: Sequence[str] = PROGRAM,
) -> int:
    """Serve until told to stop, and return the exit code. The program is what several processes each run."""
    options = _parse(arguments)
    try:
        settings = Settings.from_environ(environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_SETTINGS
    configure_logging(settings.log_level, sys.stdout)
    _calm_collector()
    give_back_long_values()
    if options.processes > 1:
        pool = Pool(
            processes=options.processes,
            environ=environ,
            arguments=["--once", "--wait", str(options.wait)] if options.once else [],
            once=options.once,
            final_codes=frozenset({EXIT_SETTINGS}),
            program=program,
            stop=Stop(drain_seconds=settings.drain_seconds),
        )
        return asyncio.run(pool.serve())
    try:
        with asyncio.Runner(loop_factory=_find_loop_factory()) as runner:
            patience = options.wait if options.once else None
            runner.run(_serve(settings, handlers, patience=patience, parent=options.parent, place=options.place))
    except UnavailableError as error:
        structlog.get_logger(__name__).error("worker cannot start", error=error.message)
        return EXIT_UNAVAILABLE
    except StoreTooNewError as error:
        structlog.get_logger(__name__).error("worker cannot start", error=error.message)
        return EXIT_SETTINGS
    return 0


def _calm_collector() -> None:
    """Look for cycles of garbage less often: batches are many small objects, and next to none of them are in one.

    Left as it is, the search takes a quarter of a worker's time.
    """
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


def give_back_long_values() -> None:
    """Let the memory of long values go with them: left as it is, glibc keeps that of the longest, in each thread."""
    with suppress(AttributeError, OSError):  # other C libraries have no such choice
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, MAPPED_BYTES)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m handlers", description="Graphferry's worker.")
    parser.add_argument("--once", action="store_true", help="take one job at most, and end with it")
    told = f"with --once: so long for a job (default: {PATIENCE_SECONDS:g})"
    parser.add_argument("--wait", type=_seconds, metavar="SECONDS", help=told)
    parser.add_argument("--processes", type=_positive, default=1, metavar="N", help="so many workers (default: 1)")
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--place", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.wait is None:
        options.wait = PATIENCE_SECONDS
    elif not options.once:
        parser.error(f"--wait {options.wait:g} is for a worker that takes one job: add --once, or leave it out")
    return options


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if 0 <= float(text) < float("inf"):
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, 0 or more")


async def _serve(
    settings: Settings,
    handlers: Mapping[JobKind, Handler],
    *,
    patience: float | None,
    parent: int | None,
    place: int,
) -> None:
    stop = Stop(drain_seconds=settings.drain_seconds, is_kept=parent is not None)
    following = None if parent is None else asyncio.create_task(follow_parent(parent, stop))
    stop.follow_signals()
    async with (
        open_resources(settings, service="graphferry-worker") as resources,
        open_event_queues(settings, resources.namespace) as queues,
    ):
        metrics = WorkerMetrics()
        metrics.watch(resources.tracer)
        with serve_metrics(metrics, settings, place=place):
            await WorkerProcess(resources, queues, handlers, stop=stop, patience=patience, metrics=metrics).serve()
    if following is not None:
        following.cancel()


def _find_loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        uvloop = importlib.import_module("uvloop")
    except ImportError:  # not everywhere
        return asyncio.new_event_loop
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
