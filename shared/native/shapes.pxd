"""Rows by what they have in common: see shapes.pyx."""

cimport cython
from libc.stdint cimport int64_t

from shared.native.buffers cimport Buffer
from shared.native.packstream cimport PackedReader
from shared.native.tables cimport Entry, Table

cdef enum:
    MOST_KEYS = 256

cdef struct Place:
    Py_ssize_t at  # of a value in the packed row
    int of_class

cdef struct Row:
    int64_t id, start, end
    int keys
    Py_ssize_t after
    Place[256] values

cdef struct Column:
    int place  # of the value among those of the row
    Py_ssize_t end  # of the piece before it

@cython.final
cdef class Shape(Entry):
    cdef readonly int number
    cdef bytes pieces
    cdef list texts
    cdef int columns
    cdef Column *column
    cdef int64_t count

@cython.final
cdef class Shapes:
    cdef Buffer signature
    cdef Table table

    cdef int read_row(self, PackedReader reader, bint is_edge, Row *row) except -1
    cdef int read_properties(self, PackedReader reader, Row *row) except -1
    cdef Shape find(self)
    cdef Shape add(self, list places, list pieces, list texts)
