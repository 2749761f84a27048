"""Reads PackStream: see packstream.pyx."""

cimport cython
from libc.stdint cimport int64_t, uint8_t, uint64_t

cdef enum Class:
    """What a packed value is, as far as its bytes tell without being read as text."""
    BOOLEAN, INTEGER, FLOAT, STRING
    BOOLEANS, INTEGERS, FLOATS, STRINGS  # lists, each four above their elements
    EMPTY
    SPECIAL, SPECIALS  # not a finite number, or negative zero; lists with one
    BYTES
    MIXED_DATETIMES
    STRUCTURE = 256  # with its tag
    STRUCTURES = 512
    ODD = 1024  # whatever no server stores as a property

@cython.final
cdef class PackedReader:
    cdef const uint8_t[::1] content
    cdef Py_ssize_t at

    cdef int open(self, const uint8_t[::1] content, Py_ssize_t at) except -1
    cdef const uint8_t *pointer(self, Py_ssize_t at, Py_ssize_t size) except NULL
    cdef int move(self, Py_ssize_t size) except -1
    cdef uint64_t take_number(self, int width) except? 0xFFFF
    cdef Py_ssize_t take_size(self, uint8_t tiny, uint8_t first) except -1
    cdef Py_ssize_t take_list(self) except -1
    cdef Py_ssize_t take_map(self) except -1
    cdef Py_ssize_t take_text(self) except -1
    cdef int64_t take_integer(self) except? -1
    cdef double take_float(self) except? -1
    cdef bint take_boolean(self) except -1
    cdef int pass_texts(self) except -1
    cdef int pass_value(self, int depth) except -1
    cdef int pass_float(self) except -1
    cdef int pass_list(self, int depth) except -1
    cdef int pass_structure(self, int depth) except -1
    cdef int pass_other(self, int depth) except -1
