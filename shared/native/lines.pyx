# cython: language_level=3, boundscheck=True, wraparound=False
"""Writes packed rows as lines of a document, with their hashes."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t
from libc.stdlib cimport free

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE

from shared.native.buffers cimport Buffer, put, put_byte, take_bytes
from shared.native.hashing cimport GraphHashes, Ordinals, Sum, XXH3_128bits, add, take_out
from shared.native.packstream cimport Class, PackedReader
from shared.native.parsing cimport Text, holds
from shared.native.shapes cimport Head, Key, Row, Shape, Shapes
from shared.native.texts cimport Outcome, put_integer, put_value

STATES = ("done", "unknown", "strict")
cdef enum State:
    DONE
    UNKNOWN  # a row of which something was never learnt
    STRICT  # a row that Python must write, or refuse


cdef class LineWriter:
    """Writes rows, of one sort at a time, whose parts it was taught; at any other it stops, with nothing of it written."""

    cdef Buffer out
    cdef GraphHashes sum
    cdef Row row
    cdef PackedReader reader
    cdef Shapes shapes
    cdef Ordinals ordinals
    cdef size_t longest

    def __cinit__(self, index, size_t longest, bytes value_end not None):
        """`index` is the OrdinalIndex of the nodes; `longest` what an element may have in bytes."""
        self.reader, self.shapes, self.ordinals = PackedReader(), Shapes(value_end, longest), Ordinals(index)
        self.sum, self.longest = GraphHashes(), longest

    def __dealloc__(self):
        free(self.out.content)

    def write(
        self,
        const uint8_t[::1] content not None,
        Py_ssize_t at,
        Py_ssize_t count,
        int64_t first,
        uint8_t[::1] hashes not None,
        bint is_edge,
    ):
        """Write so many rows from a place on, numbered from `first` on; nodes put their hashes, edges look them up.

        Returns how many were written, where the next one is, why it stopped there (one of STATES).
        Raises: IndexError, ValueError for bytes that are no row.
        """
        cdef Py_ssize_t written = 0
        cdef size_t mark
        cdef State state = State.DONE
        self.reader.open(content, at)
        try:
            while written < count and state == State.DONE:
                mark, at = self.out.size, self.reader.at
                self.shapes.read_row(self.reader, is_edge, &self.row)
                state = self.write_row(first + written, hashes, is_edge)
                if state == State.DONE:
                    self.reader.at = at = self.row.after
                    written += 1
                else:
                    self.out.size = mark
        finally:
            self.reader.open(None, 0)
        return written, at, STATES[state]

    cdef State write_row(self, int64_t number, uint8_t[::1] hashes, bint is_edge) except *:
        cdef Shape shape = self.shapes.find(&self.row) if self.row.keys >= 0 else None
        cdef size_t body
        cdef int32_t start = 0, end = 0
        if shape is None:
            return State.STRICT if self.row.keys < 0 else State.UNKNOWN
        if is_edge:
            start, end = self.ordinals.find(self.row.start), self.ordinals.find(self.row.end)
            if start < 0 or end < 0:
                return State.STRICT
            self.put_number(b'<edge id="e', 11, number)
            self.put_number(b'" source="n', 11, start)
            self.put_number(b'" target="n', 11, end)
        else:
            self.put_number(b'<node id="n', 11, number)
        put_byte(&self.out, c'"')
        body = self.out.size
        if not self.put_body(shape) or self.out.size - body > self.longest:
            return State.STRICT
        if is_edge:
            self.sum.add_edge(self.out.content + body, self.out.size - body, hashes, start, end)
        elif not self.ordinals.place(self.row.id, <int32_t> number):
            return State.STRICT
        else:
            self.sum.add_node(self.out.content + body, self.out.size - body, hashes, number)
        shape.count += 1
        return State.DONE

    cdef int put_number(self, const char *text, size_t size, int64_t number) except -1:
        put(&self.out, text, size)
        return put_integer(&self.out, number)

    cdef bint put_body(self, Shape shape) except -1:
        """Write what follows an element's id and ends; return whether it could be."""
        cdef const char *pieces = PyBytes_AS_STRING(shape.pieces)
        cdef Py_ssize_t at = 0
        cdef size_t mark
        cdef int index, place, outcome
        for index in range(shape.columns):
            put(&self.out, pieces + at, shape.column[index].end - at)
            at, place, mark = shape.column[index].end, shape.column[index].place, self.out.size
            self.reader.at = self.row.values[place].at
            outcome = put_value(&self.out, self.reader, self.row.values[place].of_class)
            if outcome == Outcome.ASK:
                self.out.size = mark
                outcome = self.put_asked(shape, index, place)
            if outcome != Outcome.WRITTEN:
                return False
        put(&self.out, pieces + at, PyBytes_GET_SIZE(shape.pieces) - at)
        return True

    cdef int put_asked(self, Shape shape, int index, int place) except -1:
        """Write the text that Python gives for a packed value, None where that has none."""
        cdef Py_ssize_t begin = self.row.values[place].at
        self.reader.at = begin
        self.reader.pass_value(0)
        text = shape.asks[index](bytes(self.reader.content[begin : self.reader.at]))
        if text is None:
            return Outcome.OTHER
        return put(&self.out, PyBytes_AS_STRING(text), len(<bytes?> text))

    def look(self, const uint8_t[::1] content not None, Py_ssize_t at, bint is_edge, Py_ssize_t most):
        """Return where a row ends, whether its head is new, and its new keys: each with its place, name and value.

        None for the keys where no row like it can be learnt, or where it has more than `most` bytes. Name and value are
        packed.
        """
        cdef int place
        self.reader.open(content, at)
        try:
            self.shapes.read_row(self.reader, is_edge, &self.row)
            if self.row.after - at > most or self.row.keys < 0:
                return self.row.after, False, None
            if [place for place in range(self.row.keys) if self.is_odd(place)]:
                return self.row.after, False, None
            new = [place for place in range(self.row.keys) if self.shapes.key_of(&self.row, place) is None]
            return self.row.after, self.shapes.head_of(&self.row) is None, [self.pair_at(place) for place in new]
        finally:
            self.reader.open(None, 0)

    cdef bint is_odd(self, int place) noexcept:
        return self.row.values[place].of_class == Class.ODD

    cdef pair_at(self, int place):
        cdef Py_ssize_t begin = self.row.values[place].at
        self.reader.at = begin
        self.reader.pass_value(0)
        name = self.shapes.signature_of(&self.row, place)[: -sizeof(uint16_t)]
        return place, name, bytes(self.reader.content[begin : self.reader.at])

    def learn_head(self, bytes start not None, bytes end not None):
        """Learn what stands before the first value and behind the last one of elements like the one looked at last."""
        cdef Head head = Head()
        head.key, head.start, head.end = self.shapes.signature_of(&self.row, -1), start, end
        self.shapes.heads.add(head)

    def learn_key(self, int place, bytes name not None, bytes start, ask not None):
        """Learn how the value at a place of the row looked at last is written, and others of its key and class.

        `start` stands before it, None where it is left out. What the kernel does not write itself is asked for: called
        with the packed value, `ask` returns its text. Returns False for a key that stands in the row twice.
        """
        cdef Key key = Key()
        if not 0 <= place < self.row.keys:
            raise ValueError("a value is not in the row")
        if self.shapes.key_of(&self.row, place) is not None:
            return False
        key.key, key.name, key.start, key.ask = self.shapes.signature_of(&self.row, place), name, start, ask
        self.shapes.keys.add(key)
        return True

    def take_lines(self):
        """Take out what was written."""
        return take_bytes(&self.out)

    def take_total(self):
        """Take out the sum of the hashes."""
        return take_out(&self.sum.total)

    def take_counts(self):
        """Take out how many elements were written of each head, how many values of each key, as they were learnt."""
        self.shapes.fold()
        heads = [(<Head> each).count for each in self.shapes.heads.known]
        keys = [(<Key> each).count for each in self.shapes.keys.known]
        for head in self.shapes.heads.known:
            (<Head> head).count = 0
        for key in self.shapes.keys.known:
            (<Key> key).count = 0
        return heads, keys

    def forget(self):
        """Forget what was learnt."""
        self.shapes = Shapes(self.shapes.value_end, self.longest)


cdef class LineHasher(LineWriter):
    """Adds up the hashes of lines from their numbers on, and keeps none. Nodes have their ordinals already."""

    cdef Sum ordered
    cdef int64_t shift
    cdef bytes unsteady

    def set(self, int64_t shift, bytes unsteady not None):
        """Lines count nodes from the ordinal `shift` on; one that holds `unsteady` is left."""
        self.shift, self.unsteady = shift, unsteady

    cdef State write_row(self, int64_t number, uint8_t[::1] hashes, bint is_edge) except *:
        cdef Shape shape = self.shapes.find(&self.row) if self.row.keys >= 0 else None
        cdef int64_t start = self.ordinals.find(self.row.start if is_edge else self.row.id)
        cdef int64_t end = self.ordinals.find(self.row.end) if is_edge else start
        cdef size_t mark = self.out.size, body
        cdef Text line
        if shape is None:
            return State.STRICT if self.row.keys < 0 else State.UNKNOWN
        if start < self.shift or end < self.shift:
            return State.STRICT
        put_integer(&self.out, start - self.shift)
        if is_edge:
            self.put_number(b'" target="n', 11, end - self.shift)
        put_byte(&self.out, c'"')
        body = self.out.size
        if not self.put_body(shape) or self.out.size - body > self.longest:
            return State.STRICT
        line.at, line.end = self.out.content + mark, self.out.content + self.out.size
        if holds(line, self.unsteady):
            return State.STRICT
        add(&self.ordered, XXH3_128bits(line.at, line.end - line.at))
        self.out.size = mark
        return State.DONE

    def take_total(self):
        """Take out the sum of the hashes."""
        return take_out(&self.ordered)
