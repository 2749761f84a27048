"""Writes PackStream, the encoding of values on the wire."""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy

from shared.native.buffers cimport Buffer, put, put_byte


cdef inline int put_number(Buffer *out, uint8_t marker, uint64_t number, int width) except -1:
    """Write a marker and a number of so many bytes, the highest first."""
    cdef uint8_t[9] written
    cdef int place
    written[0] = marker
    for place in range(width):
        written[width - place] = <uint8_t> (number >> (8 * place))
    return put(out, written, width + 1)


cdef inline int pack_size(Buffer *out, uint64_t size, uint8_t tiny, uint8_t first) except -1:
    """Write the size of a text, list or map, which one of four markers begins."""
    if size < 16:
        return put_byte(out, tiny | <uint8_t> size)
    if size < 1 << 8:
        return put_number(out, first, size, 1)
    if size < 1 << 16:
        return put_number(out, first + 1, size, 2)
    if size >> 32:
        raise ValueError("too long for the wire")
    return put_number(out, first + 2, size, 4)


cdef inline int pack_list(Buffer *out, uint64_t size) except -1:
    """Say how many values follow."""
    return pack_size(out, size, 0x90, 0xD4)


cdef inline int pack_map(Buffer *out, uint64_t size) except -1:
    """Say how many keys with values follow."""
    return pack_size(out, size, 0xA0, 0xD8)


cdef inline int pack_text(Buffer *out, const void *text, size_t size) except -1:
    """Write a text."""
    pack_size(out, size, 0x80, 0xD0)
    return put(out, text, size)


cdef inline int pack_integer(Buffer *out, int64_t number) except -1:
    """Write an integer, as short as it goes."""
    if -16 <= number < 128:
        return put_byte(out, <uint8_t> number)
    if -(1 << 7) <= number < 1 << 7:
        return put_number(out, 0xC8, <uint64_t> number, 1)
    if -(1 << 15) <= number < 1 << 15:
        return put_number(out, 0xC9, <uint64_t> number, 2)
    if -(<int64_t> 1 << 31) <= number < <int64_t> 1 << 31:
        return put_number(out, 0xCA, <uint64_t> number, 4)
    return put_number(out, 0xCB, <uint64_t> number, 8)


cdef inline int pack_float(Buffer *out, double number) except -1:
    """Write a float."""
    cdef uint64_t bits
    memcpy(&bits, &number, 8)
    return put_number(out, 0xC1, bits, 8)


cdef inline int pack_boolean(Buffer *out, bint value) except -1:
    """Write a boolean."""
    return put_byte(out, 0xC3 if value else 0xC2)
