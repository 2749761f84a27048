"""Rows by what they have in common: see shapes.pyx."""

cimport cython
from libc.stdint cimport int64_t

from shared.native.buffers cimport Buffer
from shared.native.packstream cimport PackedReader
from shared.native.tables cimport Entry, Table

cdef enum:
    MOST_KEYS = 256
    MOST_SHAPES = 20000

cdef struct Place:
    Py_ssize_t at  # of a value in the packed row
    int of_class
    size_t mark  # where its key begins in the signature

cdef struct Row:
    int64_t id, start, end
    int keys
    Py_ssize_t after
    Place[257] values  # one more than keys: where the signature ends

cdef struct Column:
    int place  # of the value among those of the row
    Py_ssize_t end  # of the piece before it

@cython.final
cdef class Head(Entry):
    cdef bytes start, end
    cdef int64_t count

@cython.final
cdef class Key(Entry):
    cdef bytes name, start
    cdef object ask
    cdef int64_t count

@cython.final
cdef class Shape(Entry):
    cdef Head head
    cdef list keys, asks
    cdef bytes pieces
    cdef int columns
    cdef Column *column
    cdef int64_t count

    cdef int lay_out(self, list places, bytes value_end) except -1

@cython.final
cdef class Shapes:
    cdef Buffer signature
    cdef Table heads, keys, table
    cdef bytes value_end
    cdef size_t longest

    cdef int read_row(self, PackedReader reader, bint is_edge, Row *row) except -1
    cdef int read_properties(self, PackedReader reader, Row *row) except -1
    cdef Shape find(self, Row *row)
    cdef Shape compose(self, Row *row)
    cdef Head head_of(self, Row *row)
    cdef Key key_of(self, Row *row, int place)
    cdef bytes signature_of(self, Row *row, int place)
    cdef int fold(self) except -1
