"""The codec's tests pass with the compiler's sanitizers, which end a run at the first fault of memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from infra.native.sanitizing import NoSanitizers, SanitizedCodec, find_sanitizers

_FAULT = """
import ctypes
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.memset(ctypes.c_void_p(libc.malloc(8)), 0, 9)
"""
_SOME = "odd or mutated or damaged or lengths or deep or outside or none or twice or many or chance"
"""The tests of input that is not as usual: all would take minutes."""


@pytest.fixture(scope="module")
def codec() -> SanitizedCodec:
    """The codec with sanitizers."""
    try:
        sanitized = SanitizedCodec(Path.cwd(), Path(sys.prefix))
    except NoSanitizers as error:
        pytest.skip(str(error))
    sanitized.ensure()
    return sanitized


def test_the_codecs_tests_find_no_fault_of_memory(codec: SanitizedCodec) -> None:
    code, said = codec.run(
        ["tests/shared/native", "-k", _SOME, "--fuzzed-records", "100", "-q", "-x"], output=subprocess.PIPE
    )
    assert code == 0, said[-5000:]


def test_a_fault_of_memory_ends_the_run(codec: SanitizedCodec) -> None:
    code, said = codec.run([], program=_FAULT, output=subprocess.PIPE)
    assert code != 0
    assert "heap-buffer-overflow" in said


def test_what_a_machine_lacks_is_said() -> None:
    with pytest.raises(NoSanitizers, match="There is no C compiler on PATH"):
        find_sanitizers({"PATH": "/nowhere"})
    with pytest.raises(NoSanitizers, match=r"echo has none of libasan\.so"):
        find_sanitizers({"CC": "echo"})
    with pytest.raises(NoSanitizers, match="/nowhere/cc: No such file"):
        find_sanitizers({"CC": "/nowhere/cc"})
