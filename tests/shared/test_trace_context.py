"""What headers and records say of a trace: read by the letter, or not at all."""

from __future__ import annotations

import pytest

from shared.trace_context import MOST_STATE, TraceContext, begin_trace, format_parent, parse_parent, read_headers

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"


def test_a_good_header_is_read() -> None:
    assert read_headers([PARENT], []) == TraceContext(trace_id=TRACE, span_id=SPAN, is_sampled=True)
    assert read_headers([PARENT[:-1] + "0"], []) == TraceContext(trace_id=TRACE, span_id=SPAN, is_sampled=False)


@pytest.mark.parametrize(
    ("flags", "is_sampled"), [("00", False), ("01", True), ("02", False), ("03", True), ("ff", True)]
)
def test_of_the_flags_one_counts(flags: str, is_sampled: bool) -> None:
    found = read_headers([PARENT[:-2] + flags], [])
    assert found is not None
    assert found.is_sampled == is_sampled


@pytest.mark.parametrize("more", ["", "-", "-what-ever", "-\t"])
def test_a_later_version_may_say_more(more: str) -> None:
    found = read_headers([f"cc-{TRACE}-{SPAN}-01{more}"], [])
    assert found == TraceContext(trace_id=TRACE, span_id=SPAN)


@pytest.mark.parametrize(
    "header",
    [
        "",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        PARENT.upper(),
        f"{PARENT}-",
        f"{PARENT}-more",
        f"cc-{TRACE}-{SPAN}-01more",
        f"0-{TRACE}-{SPAN}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}0-{SPAN}-01",
        f"00-{TRACE}-{SPAN[1:]}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}",
        f"00_{TRACE}_{SPAN}_01",
        f"{PARENT},{PARENT}",
        f" {PARENT}",
        f"{PARENT}\n",
        PARENT.replace("4", "٤"),
        PARENT.replace("b", "é", 1),
        "00-" + "a" * 100_000,
        f"cc-{TRACE}-{SPAN}-01-\nforged",
    ],
)
def test_an_odd_header_counts_as_none(header: str) -> None:
    assert read_headers([header], ["a=1"]) is None


def test_several_headers_count_as_none() -> None:
    assert read_headers([PARENT, PARENT], []) is None
    assert read_headers([], ["a=1"]) is None


@pytest.mark.parametrize(
    ("states", "read"),
    [
        (["a=1"], "a=1"),
        (["a=1,b=2", "c=3"], "a=1,b=2,c=3"),
        (["a=1 ,\t b=2,,"], "a=1,b=2"),
        (["1tenant@vendor=x y"], "1tenant@vendor=x y"),
        ([f"a={'x' * (MOST_STATE - 2 - 3 - 255)},b={'y' * 250}"], None),
        ([f"a={'x' * 257}"], ""),
        (["a=" + "x" * MOST_STATE], ""),
        (["a=1"] * 2, ""),
        (["a=1,a=2"], ""),
        ([",".join(f"k{number}=v" for number in range(33))], ""),
        (["A=1"], ""),
        (["a"], ""),
        (["a=1=2"], ""),
        (["a=é"], ""),
        (["a=1\nforged"], ""),
        (["a=\x1b[31m"], ""),
        ([""], ""),
    ],
)
def test_a_state_is_passed_on_whole_or_not_at_all(states: list[str], read: str | None) -> None:
    found = read_headers([PARENT], states)
    assert found is not None
    assert found.state == (",".join(states) if read is None else read)


def test_a_record_gives_back_what_it_was_given() -> None:
    for context in (begin_trace(), TraceContext(trace_id=TRACE, span_id=SPAN, is_sampled=False, state="a=1")):
        assert parse_parent(format_parent(context), context.state) == context


@pytest.mark.parametrize("text", [None, "", "later", "ff", f"00-{'0' * 32}-{SPAN}-01", "{}"])
def test_a_record_with_anything_else_has_no_trace(text: str | None) -> None:
    assert parse_parent(text, "a=1") is None


def test_traces_that_begin_here_differ() -> None:
    first, second = begin_trace(), begin_trace()
    assert first.trace_id != second.trace_id
    assert len(first.trace_id) == 32
