# cython: language_level=3, boundscheck=True, wraparound=False, initializedcheck=False
"""Reads PackStream, the encoding of values on the wire, without trusting a byte of it.

All of it is read through a view whose bounds are checked: an IndexError tells of bytes that are missing,
a ValueError of bytes that mean nothing. A position only moves forward, and nothing is ever made of a length alone.
"""

from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcpy

cdef enum:
    DEEPEST = 32  # lists, maps and structures in each other: a stored value has two, a server's error some more

cdef uint8_t NOTHING = 0


cdef class PackedReader:
    """A place in packed bytes that moves on as they are read."""

    cdef int open(self, const uint8_t[::1] content, Py_ssize_t at) except -1:
        """Begin at a place; the content is held until the next one is opened."""
        self.content = content
        self.at = at
        return 0

    cdef const uint8_t *pointer(self, Py_ssize_t at, Py_ssize_t size) except NULL:
        """Return where bytes stand in memory, once it is sure that they are there; good while the content is held."""
        if size < 0 or at < 0 or size > self.content.shape[0] - at:
            raise IndexError("bytes are missing")
        if size == 0:
            return &NOTHING
        return &self.content[at]

    cdef int move(self, Py_ssize_t size) except -1:
        if size < 0 or size > self.content.shape[0] - self.at:
            raise IndexError("bytes are missing")
        self.at += size
        return 0

    cdef uint64_t take_number(self, int width) except? 0xFFFF:
        """Read a number of so many bytes, the highest first."""
        cdef uint64_t number = 0
        cdef int place
        for place in range(width):
            number = (number << 8) | self.content[self.at + place]
        self.at += width
        return number

    cdef Py_ssize_t take_size(self, uint8_t tiny, uint8_t first) except -1:
        """Read the size of a text, list or map, which one of four markers begins."""
        cdef uint8_t marker = self.content[self.at]
        self.at += 1
        if marker & 0xF0 == tiny:
            return marker & 0x0F
        if marker < first or marker > first + 2:
            raise ValueError("another marker was expected")
        return self.take_number(1 << (marker - first))

    cdef Py_ssize_t take_list(self) except -1:
        """Read how many values follow."""
        return self.take_size(0x90, 0xD4)

    cdef Py_ssize_t take_map(self) except -1:
        """Read how many keys with values follow."""
        return self.take_size(0xA0, 0xD8)

    cdef Py_ssize_t take_text(self) except -1:
        """Read how many bytes of text follow, which are there."""
        cdef Py_ssize_t size = self.take_size(0x80, 0xD0)
        if size > self.content.shape[0] - self.at:
            raise IndexError("bytes are missing")
        return size

    cdef int64_t take_integer(self) except? -1:
        """Read an integer."""
        cdef uint8_t marker = self.content[self.at]
        self.at += 1
        if marker < 0x80 or marker >= 0xF0:
            return <int8_t> marker
        if marker == 0xC8:
            return <int8_t> self.take_number(1)
        if marker == 0xC9:
            return <int16_t> self.take_number(2)
        if marker == 0xCA:
            return <int32_t> self.take_number(4)
        if marker == 0xCB:
            return <int64_t> self.take_number(8)
        raise ValueError("an integer was expected")

    cdef double take_float(self) except? -1:
        """Read a float."""
        cdef uint64_t bits
        cdef double number
        if self.content[self.at] != 0xC1:
            raise ValueError("a float was expected")
        self.at += 1
        bits = self.take_number(8)
        memcpy(&number, &bits, 8)
        return number

    cdef bint take_boolean(self) except -1:
        """Read a boolean."""
        cdef uint8_t marker = self.content[self.at]
        self.at += 1
        if marker != 0xC2 and marker != 0xC3:
            raise ValueError("a boolean was expected")
        return marker == 0xC3

    cdef int pass_texts(self) except -1:
        """Pass a list of texts."""
        cdef Py_ssize_t count = self.take_list()
        for _ in range(count):
            self.at += self.take_text()
        return 0

    cdef int pass_value(self, int depth) except -1:
        """Pass a value wholly; return its class."""
        cdef uint8_t marker = self.content[self.at]
        cdef uint8_t high = marker & 0xF0
        if marker < 0x80 or marker >= 0xF0 or 0xC8 <= marker <= 0xCB:
            self.take_integer()
            return Class.INTEGER
        if high == 0x80 or 0xD0 <= marker <= 0xD2:
            self.at += self.take_text()
            return Class.STRING
        if marker == 0xC1:
            return self.pass_float()
        if marker == 0xC2 or marker == 0xC3:
            self.at += 1
            return Class.BOOLEAN
        if depth == DEEPEST:
            raise ValueError("values are nested too deep")
        if high == 0x90 or 0xD4 <= marker <= 0xD6:
            return self.pass_list(depth)
        if high == 0xB0:
            return self.pass_structure(depth)
        return self.pass_other(depth)

    cdef int pass_float(self) except -1:
        cdef double number = self.take_float()
        if number - number != 0 or (number == 0 and self.content[self.at - 8] != 0):
            return Class.SPECIAL
        return Class.FLOAT

    cdef int pass_list(self, int depth) except -1:
        cdef Py_ssize_t count = self.take_list()
        cdef int all_ = Class.EMPTY, one
        cdef Py_ssize_t place
        for place in range(count):
            one = self.pass_value(depth + 1)
            all_ = one if place == 0 else joined(all_, one)
        return Class.EMPTY if count == 0 else list_of(all_)

    cdef int pass_structure(self, int depth) except -1:
        cdef int fields = self.content[self.at] & 0x0F
        cdef int tag = self.content[self.at + 1]
        self.at += 2
        for _ in range(fields):
            self.pass_value(depth + 1)
        return Class.STRUCTURE + tag

    cdef int pass_other(self, int depth) except -1:
        """Pass what is neither a plain value nor a list of such: bytes, nothing, a UUID, a map."""
        cdef uint8_t marker = self.content[self.at]
        cdef Py_ssize_t count
        if marker == 0xC0:
            self.at += 1
            return Class.ODD
        if 0xCC <= marker <= 0xCE:
            self.at += 1
            self.move(self.take_number(1 << (marker - 0xCC)))
            return Class.BYTES
        if marker == 0xE0:
            self.move(17)
            return Class.ODD
        count = self.take_map()
        for _ in range(count):
            self.at += self.take_text()
            self.pass_value(depth + 1)
        return Class.ODD


cdef inline int joined(int one, int other):
    """Return the class of two elements of a list together."""
    if one == other:
        return one
    if (one == Class.FLOAT or one == Class.SPECIAL) and (other == Class.FLOAT or other == Class.SPECIAL):
        return Class.SPECIAL
    if is_datetime(one) and is_datetime(other):
        return Class.MIXED_DATETIMES
    return Class.ODD


cdef inline bint is_datetime(int one):
    return one == Class.STRUCTURE + c'I' or one == Class.STRUCTURE + c'i' or one == Class.MIXED_DATETIMES


cdef inline int list_of(int element):
    """Return the class of a list whose elements have this one."""
    if element <= Class.STRING:
        return element + 4
    if element == Class.SPECIAL:
        return Class.SPECIALS
    if element == Class.MIXED_DATETIMES:
        return Class.MIXED_DATETIMES
    if Class.STRUCTURE <= element < Class.STRUCTURES:
        return element + 256
    return Class.ODD


def open_list(const uint8_t[::1] content not None):
    """Return how many values a packed list has, and where the first begins. Raises: IndexError, ValueError."""
    cdef PackedReader reader = PackedReader()
    reader.open(content, 0)
    return reader.take_list(), reader.at


def pass_values(const uint8_t[::1] content not None, Py_ssize_t at, Py_ssize_t count):
    """Pass so many values from a place on; return where they end. Raises: IndexError, ValueError."""
    cdef PackedReader reader = PackedReader()
    if at < 0:
        raise IndexError(at)
    reader.open(content, at)
    for _ in range(count):
        reader.pass_value(0)
    return reader.at
