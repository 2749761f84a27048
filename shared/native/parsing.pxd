"""Reads the texts of values: see parsing.pyx."""

cimport cython
from libc.stdint cimport uint8_t
from libc.string cimport memchr, memcmp, strlen

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE

from shared.native.buffers cimport Buffer

cdef struct Text:
    const uint8_t *at
    const uint8_t *end


cdef inline bint take_exactly(Text *text, const void *expected, Py_ssize_t size) noexcept:
    """Move behind bytes that are expected, if they stand there."""
    if text.end - text.at < size or memcmp(text.at, expected, size) != 0:
        return False
    text.at += size
    return True


cdef inline bint take(Text *text, const char *expected) noexcept:
    """Move behind what is expected, if it stands there."""
    return take_exactly(text, expected, strlen(expected))


cdef inline bint expect(Text *text, bytes expected) noexcept:
    return take_exactly(text, PyBytes_AS_STRING(expected), PyBytes_GET_SIZE(expected))


cdef inline Text cut(Text *text, uint8_t byte) noexcept:
    """Take out all before a byte, or everything where there is none; the rest begins with it."""
    cdef const void *found = memchr(text.at, byte, text.end - text.at) if text.at != text.end else NULL
    cdef Text before
    before.at, before.end = text.at, text.end if found == NULL else <const uint8_t *> found
    text.at = before.end
    return before


cdef inline bint holds(Text text, bytes part) noexcept:
    """Return whether bytes stand somewhere in a text."""
    while True:
        cut(&text, <uint8_t> PyBytes_AS_STRING(part)[0])
        if text.at == text.end:
            return False
        if expect(&text, part):
            return True
        text.at += 1


@cython.final
cdef class ValueParser:
    cdef Buffer plain
    cdef Buffer listed
    cdef Buffer again

    cdef bint pack(self, Buffer *out, Text text, int of_class) except -1
    cdef bint pack_string(self, Buffer *out, Text text) except -1
    cdef bint pack_number(self, Buffer *out, Text text, bint is_float, bint in_list) except -1
    cdef bint pack_listed(self, Buffer *out, Text text, int of_class) except -1
    cdef bint pack_element(self, Text *text, int of_class) except -1
    cdef bint pack_json(self, Text *text) except -1
    cdef bint unescape(self, Text *text) except -1
