# cython: language_level=3, boundscheck=True, wraparound=False
"""Reads lines of a document that stand exactly as they would be written.

What is not exactly so, or was not taught, is left where it is. A line is read as a Text, which ends where the content
ends; it moves on by what is expected, or up to a byte that is there.
"""

from libc.stdint cimport int64_t, uint8_t
from libc.stdlib cimport free
from libc.string cimport memchr, memcmp

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE

from shared.native.buffers cimport Buffer, put, take_bytes
from shared.native.hashing cimport GraphHashes, Sum, XXH3_128bits, add, take_out
from shared.native.packing cimport pack_integer, pack_list, pack_map, pack_text
from shared.native.packstream cimport Class
from shared.native.parsing cimport Text, ValueParser, cut, expect, holds
from shared.native.tables cimport Entry, Table

cdef enum:
    MOST_DIGITS = 18

cdef uint8_t NOTHING = 0

CLASSES = {
    "boolean": Class.BOOLEAN,
    "integer": Class.INTEGER,
    "float": Class.FLOAT,
    "string": Class.STRING,
    "booleans": Class.BOOLEANS,
    "integers": Class.INTEGERS,
    "floats": Class.FLOATS,
    "strings": Class.STRINGS,
    "empty": Class.EMPTY,
    "other": Class.ODD,
}


cdef class Head(Entry):
    """What stands between the numbers and the first value: a node's labels, an edge's type. Found by its start tag."""

    cdef bytes rest
    cdef bytes packed
    cdef int64_t count
    cdef Key first  # that stood behind it last


cdef class Key(Entry):
    """What stands before a value."""

    cdef bytes name
    cdef bytes packed
    cdef int of_class
    cdef object ask
    cdef Key next  # that stood behind it last


cdef class LineReader:
    """Reads lines of nodes, or of edges, that it was taught; at any other it stops, and has taken nothing of it."""

    cdef list starts
    cdef bytes value_end, element_end, unsteady
    cdef bint is_edge
    cdef Py_ssize_t longest
    cdef Table heads, keys
    cdef ValueParser parser
    cdef GraphHashes sum
    cdef Sum ordered
    cdef Buffer values, rows, sizes, row_starts, row_ends
    cdef int64_t properties, lines
    cdef Head head  # of the line that was read last, as all that follows
    cdef int64_t start, end
    cdef int pairs
    cdef const uint8_t *numbered
    cdef const uint8_t *body

    def __cinit__(self, starts not None, ends not None, Py_ssize_t longest, bytes unsteady not None):
        """`starts` stand before a node's number, or an edge's three; `ends` behind a value, and an element.

        A line of more bytes than `longest`, or that holds `unsteady`, is left.
        """
        self.starts, self.is_edge = [bytes(each) for each in starts], len(starts) == 3
        self.value_end, self.element_end = ends
        self.longest, self.unsteady = longest, unsteady
        self.heads, self.keys = Table(), Table()
        self.parser, self.sum = ValueParser(), GraphHashes()

    def __dealloc__(self):
        free(self.values.content)
        free(self.rows.content)
        free(self.sizes.content)
        free(self.row_starts.content)
        free(self.row_ends.content)

    def judge(
        self,
        const uint8_t[::1] content not None,
        Py_ssize_t at,
        Py_ssize_t count,
        int64_t first,
        int64_t nodes,
        uint8_t[::1] hashes not None,
    ):
        """Read at most so many lines from a place on, numbered from `first` on, and add their hashes up.

        Nodes put their hashes, edges look those of their ends up, which are below `nodes`.
        Returns how many were read, and where the next line begins.
        """
        cdef Py_ssize_t taken = 0
        cdef Text line = text_of(content, at)
        cdef const uint8_t *begin = line.at - at
        while taken < count and self.read_line(&line, first + taken, nodes):
            if self.is_edge:
                self.sum.add_edge(self.body, line.at - self.body, hashes, self.start, self.end)
            else:
                self.sum.add_node(self.body, line.at - self.body, hashes, first + taken)
            add(&self.ordered, XXH3_128bits(self.numbered, line.at - self.numbered))
            self.head.count += 1
            self.properties += self.pairs
            taken += 1
            at = line.at - begin
        return taken, at

    def pack(self, const uint8_t[::1] content not None, Py_ssize_t at, Py_ssize_t count, int64_t first, int64_t nodes):
        """Read at most so many lines, as `judge` does, and pack them as rows.

        A row is a list of the labels, or the type, and the properties.
        """
        cdef Py_ssize_t taken = 0
        cdef Text line = text_of(content, at)
        cdef const uint8_t *begin = line.at - at
        while taken < count and self.read_line(&line, first + taken, nodes):
            self.put_row()
            self.head.count += 1
            taken += 1
            at = line.at - begin
        return taken, at

    cdef int put_row(self) except -1:
        """Pack the line that was read last."""
        cdef size_t mark = self.rows.size
        pack_list(&self.rows, 2)
        put(&self.rows, PyBytes_AS_STRING(self.head.packed), PyBytes_GET_SIZE(self.head.packed))
        pack_map(&self.rows, self.pairs)
        put(&self.rows, self.values.content, self.values.size)
        return self.note_row(self.rows.size - mark)

    cdef int note_row(self, int64_t size) except -1:
        """Note how long a row is, and an edge's ends."""
        put(&self.sizes, &size, sizeof(size))
        if self.is_edge:
            put(&self.row_starts, &self.start, sizeof(int64_t))
            put(&self.row_ends, &self.end, sizeof(int64_t))
        return 0

    def append(self, bytes row not None, int64_t start, int64_t end):
        """Take a row that was packed elsewhere."""
        self.start, self.end = start, end
        put(&self.rows, PyBytes_AS_STRING(row), len(row))
        self.note_row(len(row))

    def take_rows(self):
        """Take out what was packed: rows, their sizes, the ordinals of starts and of ends, 8 bytes each."""
        return take_bytes(&self.rows), take_bytes(&self.sizes), take_bytes(&self.row_starts), take_bytes(&self.row_ends)

    cdef bint read_line(self, Text *line, int64_t number, int64_t nodes) except -1:
        """Read the line of an element; False where it is not just as it would be written."""
        cdef const uint8_t *begin = line.at
        cdef int64_t found
        cdef Text whole
        if not expect(line, <bytes> self.starts[0]):
            return False
        self.numbered = line.at
        if not take_number(line, &found) or found != number:
            return False
        if self.is_edge and not self.read_ends(line, nodes):
            return False
        self.body = line.at
        if not self.read_head(line) or not self.read_values(line):
            return False
        whole.at, whole.end = begin, line.at
        if whole.end - whole.at > self.longest or holds(whole, self.unsteady):
            return False
        self.lines += count(whole, c'\n')
        return True

    cdef bint read_ends(self, Text *line, int64_t nodes) except -1:
        if not expect(line, <bytes> self.starts[1]):
            return False
        self.numbered = line.at
        if not take_number(line, &self.start) or not expect(line, <bytes> self.starts[2]):
            return False
        return take_number(line, &self.end) and self.start < nodes and self.end < nodes

    cdef bint read_head(self, Text *line) except -1:
        cdef const uint8_t *begin = line.at
        if self.head is None or not expect(line, self.head.key):
            cut(line, c'>')
            if line.at == line.end:
                return False
            line.at += 1
            self.head = <Head> self.heads.find(begin, line.at - begin)
        return self.head is not None and expect(line, self.head.rest)

    cdef bint read_values(self, Text *line) except -1:
        """Read and pack values with their keys, up to the element's end."""
        cdef Key key = None
        cdef Text value
        cdef size_t mark
        self.pairs, self.values.size = 0, 0
        while not expect(line, self.element_end):
            key = self.read_key(line, key)
            if key is None:
                return False
            value = cut(line, c'<')
            if not expect(line, self.value_end):
                return False
            put(&self.values, PyBytes_AS_STRING(key.packed), PyBytes_GET_SIZE(key.packed))
            mark = self.values.size
            if not self.parser.pack(&self.values, value, key.of_class):
                self.values.size = mark
                if not self.put_asked(key, value):
                    return False
            self.pairs += 1
        return True

    cdef Key read_key(self, Text *line, Key before):
        """Read a key of a greater name than the one before it has; None where there is none."""
        cdef Key key = self.head.first if before is None else before.next
        cdef const uint8_t *begin = line.at
        if key is not None and expect(line, key.key):
            return key
        cut(line, c'>')
        if line.at == line.end:
            return None
        line.at += 1
        key = <Key> self.keys.find(begin, line.at - begin)
        if key is None or (before is not None and before.name >= key.name):
            return None
        if before is None:
            self.head.first = key
        else:
            before.next = key
        return key

    cdef bint put_asked(self, Key key, Text value) except -1:
        """Put what Python packs of a value's text; False where it would write that otherwise."""
        packed = key.ask(value.at[: value.end - value.at])
        if packed is None:
            return False
        put(&self.values, PyBytes_AS_STRING(packed), len(<bytes?> packed))
        return True

    def learn_head(self, bytes head not None, bytes packed not None):
        """Learn what stands behind the numbers of elements with the same labels; return its number.

        None where it was learnt before. `packed` is what those labels are on the wire.
        """
        cdef Head learnt = Head()
        cdef Py_ssize_t end = head.index(b">") + 1
        learnt.key, learnt.rest, learnt.packed = head[:end], head[end:], packed
        if self.heads.find(PyBytes_AS_STRING(learnt.key), end) is not None:
            return None
        self.heads.add(learnt)
        return len(self.heads.known) - 1

    def learn_key(self, bytes start not None, str name not None, str of_class not None, ask not None):
        """Learn what stands before values of a key, which of CLASSES they have, what packs the text of others."""
        cdef Key learnt = Key()
        cdef Buffer packed = Buffer(NULL, 0, 0)
        if self.keys.find(PyBytes_AS_STRING(start), len(start)) is not None:
            return
        learnt.key, learnt.name, learnt.of_class, learnt.ask = start, name.encode(), CLASSES[of_class], ask
        try:
            pack_text(&packed, PyBytes_AS_STRING(learnt.name), PyBytes_GET_SIZE(learnt.name))
            learnt.packed = packed.content[: packed.size]
        finally:
            free(packed.content)
        self.keys.add(learnt)

    def take_totals(self):
        """Take out the sums of the hashes: without the numbers of elements, and with them."""
        return take_out(&self.sum.total), take_out(&self.ordered)

    def take_counts(self):
        """Take out how many elements were judged of each head, by its number."""
        counts = [(<Head> head).count for head in self.heads.known]
        for head in self.heads.known:
            (<Head> head).count = 0
        return counts

    def take_line_count(self):
        """Take out how many lines the elements stood on that were read."""
        lines, self.lines = self.lines, 0
        return lines

    def take_properties(self):
        """Take out how many properties the judged elements had."""
        properties, self.properties = self.properties, 0
        return properties


def connect(
    const uint8_t[::1] rows not None,
    const int64_t[::1] sizes not None,
    const int64_t[::1] starts not None,
    const int64_t[::1] ends not None,
    const int64_t[::1] ids not None,
    int64_t shift,
):
    """Return packed edges as a list of lists: the ids of both ends, the type, the properties.

    Ends are places among the ids, once `shift` is added.
    """
    cdef Buffer out = Buffer(NULL, 0, 0)
    cdef Py_ssize_t index, at = 0
    try:
        pack_list(&out, sizes.shape[0])
        for index in range(sizes.shape[0]):
            if not 1 < sizes[index] <= rows.shape[0] - at:
                raise IndexError("bytes are missing")
            pack_list(&out, 4)
            pack_integer(&out, ids[starts[index] + shift])
            pack_integer(&out, ids[ends[index] + shift])
            put(&out, &rows[at + 1], sizes[index] - 1)
            at += sizes[index]
        return take_bytes(&out)
    finally:
        free(out.content)


cdef Text text_of(const uint8_t[::1] content, Py_ssize_t at) except *:
    """Return what stands from a place on."""
    cdef Text text
    if not 0 <= at <= content.shape[0]:
        raise IndexError(at)
    text.at = text.end = &NOTHING
    if content.shape[0]:
        text.at, text.end = &content[0] + at, &content[0] + content.shape[0]
    return text


cdef bint take_number(Text *line, int64_t *number) noexcept:
    """Read an ordinal and the quote behind it."""
    cdef Text digits = cut(line, c'"')
    number[0] = 0
    if not 0 < digits.end - digits.at <= MOST_DIGITS or line.at == line.end:
        return False
    if digits.at[0] == c'0' and digits.end - digits.at > 1:
        return False
    while digits.at != digits.end:
        if not c'0' <= digits.at[0] <= c'9':
            return False
        number[0] = number[0] * 10 + (digits.at[0] - c'0')
        digits.at += 1
    line.at += 1
    return True


cdef int64_t count(Text text, uint8_t byte) noexcept:
    """Return how often a byte stands in a text."""
    cdef int64_t found = 0
    while True:
        cut(&text, byte)
        if text.at == text.end:
            return found
        text.at += 1
        found += 1
