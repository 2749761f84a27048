"""Writes values as text: see texts.pyx."""

from libc.stdint cimport uint8_t

from shared.native.buffers cimport Buffer
from shared.native.packstream cimport PackedReader

cdef enum Outcome:
    WRITTEN
    ASK  # this value's text is Python's to write
    OTHER  # this row is another way than its values' classes say: all of it is Python's

cdef enum:
    MARKUP = 1  # a byte that may need to be written otherwise
    WIDE = 2  # a byte of a code point beyond ASCII

cdef double[19] TENS

cdef int put_value(Buffer *out, PackedReader reader, int of_class) except -1
cdef int put_integer(Buffer *out, long long number) except -1
cdef int put_float(Buffer *out, double number, bint in_list) except -1
cdef int look(const uint8_t *text, Py_ssize_t size) noexcept
cdef bint is_carried(const uint8_t *text, Py_ssize_t size) noexcept
