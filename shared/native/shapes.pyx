# cython: language_level=3, boundscheck=True, wraparound=False
"""Rows by shape: the same labels or type, the same keys in the same order, values of the same classes.

A shape is composed of what Python has said once about its parts: of labels or a type, which text stands before the
first value and behind the last one; of a key with values of a class, which text stands before such a value, and what to
call for the value's text. The kernel knows nothing else of the format but that values stand in the order of their keys.
"""

from libc.stdint cimport uint16_t
from libc.stdlib cimport free, malloc

from cpython.bytes cimport PyBytes_GET_SIZE

from shared.native.buffers cimport put
from shared.native.packstream cimport PackedReader
from shared.native.tables cimport Entry, Table


cdef class Head(Entry):
    """How elements with some labels, or of a type, begin and end."""


cdef class Key(Entry):
    """How the values of one class of a key are written; those without a start are left out."""


cdef class Shape(Entry):
    """How rows of one shape are written, and how many were."""

    def __dealloc__(self):
        free(self.column)

    cdef int lay_out(self, list places, bytes value_end) except -1:
        """Remember the texts between the values at these places of a row, in order."""
        cdef bytes before = self.head.start, pieces = b""
        cdef Py_ssize_t index
        self.columns = len(places)
        self.column = <Column *> malloc((len(places) + 1) * sizeof(Column))
        if self.column == NULL:
            raise MemoryError
        for index in range(len(places)):
            pieces += before + (<Key> self.keys[places[index]]).start
            self.column[index].place, self.column[index].end = places[index], len(pieces)
            before = value_end
        self.pieces = pieces + before + self.head.end
        self.asks = [(<Key> self.keys[place]).ask for place in places]
        return 0


cdef class Shapes:
    """The shapes of rows of one sort, found or composed for the row that was read last."""

    def __cinit__(self, bytes value_end not None, size_t longest):
        """`value_end` stands behind each value; no shape's texts have more bytes than `longest`."""
        self.heads, self.keys, self.table = Table(), Table(), Table()
        self.value_end, self.longest = value_end, longest

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
        row.keys = -1 if count > MOST_KEYS else count
        row.values[0].mark = self.signature.size
        for place in range(count):
            begin = reader.at
            reader.move(reader.take_text())
            put(&self.signature, reader.pointer(begin, reader.at - begin), reader.at - begin)
            begin = reader.at
            of_class = reader.pass_value(2)  # in a map, in a row
            put(&self.signature, &of_class, sizeof(of_class))
            if place < MOST_KEYS:
                row.values[place].at, row.values[place].of_class = begin, of_class
                row.values[place + 1].mark = self.signature.size
        row.after = reader.at
        return 0

    cdef Shape find(self, Row *row):
        """Return the shape of the row that was read last, None where a part of it was never learnt."""
        cdef Shape shape = <Shape> self.table.find(self.signature.content, self.signature.size)
        return self.compose(row) if shape is None else shape

    cdef Shape compose(self, Row *row):
        cdef Shape shape = Shape()
        cdef Key key
        cdef int place
        shape.head, shape.keys = self.head_of(row), [self.key_of(row, place) for place in range(row.keys)]
        if shape.head is None or None in shape.keys:
            return None
        places = {(<Key> shape.keys[place]).name: place for place in range(row.keys)}
        if len(places) != row.keys:
            return None  # a key stands there twice
        in_order = [places[name] for name in sorted(places)]
        shape.lay_out([place for place in in_order if (<Key> shape.keys[place]).start is not None], self.value_end)
        # Python's template of it would have some bytes more.
        if <size_t> (len(shape.pieces) + 2 * shape.columns + len(shape.head.start)) > self.longest:
            return None
        if len(self.table.known) >= MOST_SHAPES:
            self.fold()
        shape.key = self.signature.content[: self.signature.size]
        self.table.add(shape)
        return shape

    cdef Head head_of(self, Row *row):
        return <Head> self.heads.find(self.signature.content, row.values[0].mark)

    cdef Key key_of(self, Row *row, int place):
        cdef size_t begin = row.values[place].mark
        return <Key> self.keys.find(self.signature.content + begin, row.values[place + 1].mark - begin)

    cdef bytes signature_of(self, Row *row, int place):
        """Return what tells the key at a place, with its class; at -1 the labels or the type."""
        cdef size_t begin = 0 if place < 0 else row.values[place].mark
        return self.signature.content[begin : row.values[place + 1].mark]

    cdef int fold(self) except -1:
        """Count by heads and keys what was written of each shape, and forget the shapes."""
        cdef Shape shape
        for shape in self.table.known:
            shape.head.count += shape.count
            for key in shape.keys:
                (<Key> key).count += shape.count
        self.table = Table()
        return 0
