"""Writes values as text: see texts.pyx."""

from shared.native.buffers cimport Buffer
from shared.native.packstream cimport PackedReader

cdef enum Outcome:
    WRITTEN
    ASK  # this value's text is Python's to write
    OTHER  # this row is another way than its values' classes say: all of it is Python's

cdef int put_value(Buffer *out, PackedReader reader, int of_class) except -1
cdef int put_integer(Buffer *out, long long number) except -1
