"""An attempt, its phases and its batches are spans of the trace that its submission belongs to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from handlers.attempts import spans
from handlers.attempts.context import Context
from shared.errors import SourceChangedError
from shared.jobs.record import Job, Outcome, Phase, Progress, Status
from shared.ports.tracing import NoTracer, SpanKind
from shared.trace_context import TraceContext
from tests.support.workbench import Workbench, make_settings

SUBMITTED = TraceContext(trace_id="ab" * 16, span_id="cd" * 8, state="vendor=1")


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(settings=make_settings(tmp_path))


async def work(_: Job, context: Context) -> Outcome:
    await context.advance(Progress(phase=Phase.NODES))
    for rows in (10, 7):
        with context.lease.spans.write(rows):
            pass
    await context.advance(Progress(phase=Phase.VERIFYING))
    context.lease.spans.read(17)
    return Outcome(status=Status.CLOSED)


async def test_an_attempt_is_told_with_all_that_it_does(bench: Workbench) -> None:
    job = await bench.submit(trace=SUBMITTED)
    await bench.dispatch(job, work)
    attempt, *others = bench.tracer.spans
    assert (attempt.name, attempt.parent, attempt.kind) == ("job export", SUBMITTED, SpanKind.CONSUMER)
    assert attempt.attributes == {
        "graphferry.job.id": job.id,
        "graphferry.job.kind": "export",
        "graphferry.tenant": "acme",
        "graphferry.surface": "imaging",
        "graphferry.attempt": 1,
        "graphferry.outcome": "closed",
        "graphferry.phases": 3,
        "graphferry.batches.written": 2,
        "graphferry.batches.read": 1,
    }
    by_id = {each.context.span_id: each.name for each in bench.tracer.spans}
    assert [(each.name, by_id[each.parent.span_id]) for each in others] == [
        ("phase starting", "job export"),
        ("phase nodes", "job export"),
        ("batch", "phase nodes"),
        ("batch", "phase nodes"),
        ("phase verifying", "job export"),
    ]
    assert others[-1].events == [("batch", {"graphferry.rows": 17})]
    assert all(each.has_ended and not each.error for each in bench.tracer.spans)
    assert {each.context.state for each in bench.tracer.spans} == {"vendor=1"}


async def test_each_attempt_is_a_child_of_the_submission(bench: Workbench) -> None:
    job = await bench.submit(trace=SUBMITTED)

    async def leave(_: Job, context: Context) -> Outcome:
        context.lease.request_shutdown()
        await context.advance(Progress(phase=Phase.NODES))
        raise AssertionError("goes on")

    await bench.dispatch(job, leave)
    await bench.dispatch(job)
    attempts = bench.tracer.named("job export")
    told = [(each.attributes["graphferry.attempt"], each.attributes["graphferry.outcome"]) for each in attempts]
    assert told == [(1, "handed_off"), (2, "closed")]
    assert [each.parent for each in attempts] == [SUBMITTED, SUBMITTED]


async def test_a_failure_is_told_by_its_code_alone(bench: Workbench) -> None:
    async def fail(_: Job, context: Context) -> Outcome:
        await context.advance(Progress(phase=Phase.NODES))
        with context.lease.spans.write(1):
            raise SourceChangedError("hush")

    await bench.dispatch(await bench.submit(trace=SUBMITTED), fail)
    (attempt,), (batch,) = bench.tracer.named("job export"), bench.tracer.named("batch")
    assert (attempt.error, attempt.attributes["graphferry.failure.code"]) == ("SOURCE_CHANGED", "SOURCE_CHANGED")
    assert (attempt.attributes["graphferry.outcome"], batch.error) == ("failed", "SOURCE_CHANGED")
    assert [each.name for each in bench.tracer.spans][-1] == "phase undoing"
    assert "hush" not in repr(bench.tracer.spans)


async def test_the_number_of_spans_is_bounded(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_PHASES", "MOST_WRITTEN", "MOST_READ"):
        monkeypatch.setattr(spans, name, 5)

    async def go_back_and_forth(_: Job, context: Context) -> Outcome:
        for _number in range(20):
            for phase in (Phase.NODES, Phase.RELATIONSHIPS):
                await context.advance(Progress(phase=phase))
                for _batch in range(3):
                    context.lease.spans.read(1)
                    with context.lease.spans.write(1):
                        pass
        for _batch in range(10):
            context.lease.spans.read(1)
        return Outcome(status=Status.CLOSED)

    await bench.dispatch(await bench.submit(trace=SUBMITTED), go_back_and_forth)
    (attempt,) = bench.tracer.named("job export")
    assert len(bench.tracer.spans) == 1 + 5 + 5
    assert attempt.attributes["graphferry.phases"] == 41
    assert attempt.attributes["graphferry.batches.written"] == 120
    assert attempt.attributes["graphferry.batches.read"] == 130
    assert max(len(each.events) for each in bench.tracer.spans) <= 5


async def test_a_job_that_follows_others_is_linked_to_them(bench: Workbench) -> None:
    first = await bench.submit(trace=SUBMITTED)
    await bench.dispatch(first)
    gone = "01a2038b-0f42-700b-b8a1-47b5e23c6bdf"
    other = TraceContext(trace_id="12" * 16, span_id="34" * 8)
    again = await bench.submit(trace=other, retry_of=first.id, depends_on=(first.id,))
    bench.change(again, retry_of=gone)
    await bench.dispatch(again)
    assert bench.tracer.named("job export")[-1].links == [SUBMITTED]


async def test_a_job_whose_caller_keeps_no_trace_has_none(bench: Workbench) -> None:
    job = await bench.submit(trace=replace(SUBMITTED, is_sampled=False))
    assert (await bench.dispatch(job, work)).status is Status.CLOSED
    assert bench.tracer.spans == []
    assert {line["trace_id"] for line in bench.read_log(job)} == {SUBMITTED.trace_id}


async def test_a_record_without_a_trace_begins_one(bench: Workbench) -> None:
    job = await bench.submit()
    await bench.dispatch(job, work)
    (attempt,) = bench.tracer.named("job export")
    assert attempt.parent.span_id == ""
    assert {line["trace_id"] for line in bench.read_log(job)} == {attempt.context.trace_id}


async def test_log_lines_name_the_trace(bench: Workbench) -> None:
    job = await bench.submit(trace=SUBMITTED)
    bench.leases = type(bench.leases)(bench.jobs, bench.settings, tracer=NoTracer())
    await bench.dispatch(job, work)
    assert {line["trace_id"] for line in bench.read_log(job)} == {SUBMITTED.trace_id}
