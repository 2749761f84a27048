# cython: language_level=3, boundscheck=True, wraparound=False
"""Rows by shape: the same labels or type, the same keys in the same order, values of the same classes.

A shape is what Python has said once about a row: which text stands before each value, behind the last one, and what to
call for a value's text. The kernel knows nothing else of the format.
"""

from libc.stdint cimport uint16_t
from libc.stdlib cimport free, malloc

from shared.native.buffers cimport put
from shared.native.packstream cimport PackedReader
from shared.native.tables cimport Entry, Table


cdef class Shape(Entry):
    """How rows of one shape are written, and how many were."""

    def __dealloc__(self):
        free(self.column)


cdef class Shapes:
    """The shapes that were learnt, found by the row that was read last."""

    def __cinit__(self):
        self.table = Table()

    def __dealloc__(self):
        free(self.signature.content)

    cdef int read_row(self, PackedReader reader, bint is_edge, Row *row) except -1:
        """Read a row wholly, remember its signature. Raises: IndexError, ValueError for what is no row."""
        cdef Py_ssize_t begin
        if reader.take_list() != (5 if is_edge else 3):
            raise ValueError("a row was expected")
        row.id = reader.take_integer()
        if is_edge:
            row.start, row.end = reader.take_integer(), reader.take_integer()
        begin = reader.at
        if is_edge:
            reader.move(reader.take_text())
        else:
            reader.pass_texts()
        self.signature.size = 0
        put(&self.signature, reader.pointer(begin, reader.at - begin), reader.at - begin)
        return self.read_properties(reader, row)

    cdef int read_properties(self, PackedReader reader, Row *row) except -1:
        cdef Py_ssize_t begin, count = reader.take_map(), place
        cdef uint16_t of_class
        if count > MOST_KEYS:
            row.keys = -1
        else:
            row.keys = count
        for place in range(count):
            begin = reader.at
            reader.move(reader.take_text())
            put(&self.signature, reader.pointer(begin, reader.at - begin), reader.at - begin)
            begin = reader.at
            of_class = reader.pass_value(0)
            put(&self.signature, &of_class, sizeof(of_class))
            if place < MOST_KEYS:
                row.values[place].at, row.values[place].of_class = begin, of_class
        row.after = reader.at
        return 0

    cdef Shape find(self):
        """Return the shape of the row that was read last, None where it was never learnt."""
        return <Shape> self.table.find(self.signature.content, self.signature.size)

    cdef Shape add(self, list places, list pieces, list texts):
        """Learn how the row that was read last is written."""
        cdef Shape shape = Shape()
        cdef Py_ssize_t end = 0, index
        shape.number, shape.columns = len(self.table.known), len(places)
        shape.key = self.signature.content[: self.signature.size]
        shape.pieces, shape.texts = b"".join(pieces), texts
        shape.column = <Column *> malloc((len(places) + 1) * sizeof(Column))
        if shape.column == NULL:
            raise MemoryError
        for index in range(len(places)):
            end += len(pieces[index])
            shape.column[index].place, shape.column[index].end = places[index], end
        self.table.add(shape)
        return shape
