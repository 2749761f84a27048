# cython: language_level=3, boundscheck=True, wraparound=False
"""Rows by shape: the same labels or type, the same keys in the same order, values of the same classes.

A shape is what Python has said once about a row: which text stands before each value, behind the last one, and what to
call for a value's text. The kernel knows nothing else of the format.
"""

from libc.stdint cimport uint16_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcmp

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE

from shared.native.buffers cimport put
from shared.native.hashing cimport XXH3_64bits
from shared.native.packstream cimport PackedReader


cdef class Shape:
    """How rows of one shape are written, and how many were."""

    def __dealloc__(self):
        free(self.column)


cdef class Shapes:
    """The shapes that were learnt, found by the row that was read last."""

    def __cinit__(self):
        self.known = []
        self.make_slots(1024)

    def __dealloc__(self):
        free(self.signature.content)
        free(self.slots)
        free(self.hashes)

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

    cdef uint64_t hash(self):
        return XXH3_64bits(self.signature.content, self.signature.size)

    cdef Shape find(self):
        """Return the shape of the row that was read last, None where it was never learnt."""
        cdef uint64_t number = self.hash()
        cdef size_t slot = number & self.mask
        cdef Shape shape
        while self.slots[slot] != NULL:
            if self.hashes[slot] == number:
                shape = <Shape> self.slots[slot]
                if (
                    PyBytes_GET_SIZE(shape.signature) == <Py_ssize_t> self.signature.size
                    and memcmp(PyBytes_AS_STRING(shape.signature), self.signature.content, self.signature.size) == 0
                ):
                    return shape
            slot = (slot + 1) & self.mask
        return None

    cdef int make_slots(self, size_t count) except -1:
        free(self.slots)
        free(self.hashes)
        self.slots = <void **> calloc(count, sizeof(void *))
        self.hashes = <uint64_t *> calloc(count, sizeof(uint64_t))
        if self.slots == NULL or self.hashes == NULL:
            raise MemoryError
        self.mask = count - 1
        for shape in self.known:
            content = (<Shape> shape).signature
            self.put(XXH3_64bits(PyBytes_AS_STRING(content), PyBytes_GET_SIZE(content)), shape)
        return 0

    cdef int put(self, uint64_t number, Shape shape) except -1:
        cdef size_t slot = number & self.mask
        while self.slots[slot] != NULL:
            slot = (slot + 1) & self.mask
        self.slots[slot], self.hashes[slot] = <void *> shape, number
        return 0

    cdef Shape add(self, list places, list pieces, list texts):
        """Learn how the row that was read last is written."""
        cdef Shape shape = Shape()
        cdef Py_ssize_t end = 0, index
        shape.number, shape.columns = len(self.known), len(places)
        shape.signature = self.signature.content[: self.signature.size]
        shape.pieces, shape.texts = b"".join(pieces), texts
        shape.column = <Column *> malloc((len(places) + 1) * sizeof(Column))
        if shape.column == NULL:
            raise MemoryError
        for index in range(len(places)):
            end += len(pieces[index])
            shape.column[index].place, shape.column[index].end = places[index], end
        self.known.append(shape)
        if 2 * len(self.known) > <Py_ssize_t> self.mask:
            self.make_slots(4 * (self.mask + 1))
        else:
            self.put(self.hash(), shape)
        return shape
