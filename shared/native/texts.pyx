# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=True
"""Writes values as an archive's text, byte for byte as the strict way does.

What is read was passed before: a text's bytes are there, and stay while the reader holds its content.
Where a text would need a decision (an exponent in a list, a code point that XML forbids) Python is asked.
"""

from libc.math cimport fabs, rint
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy, strlen

from cpython.mem cimport PyMem_Free

from shared.native.buffers cimport Buffer, make_room, put, put_byte
from shared.native.packstream cimport Class, PackedReader

cdef extern from "Python.h":
    char *PyOS_double_to_string(double value, char code, int precision, int flags, int *kind) except NULL
    int Py_DTSF_ADD_DOT_0

ctypedef const uint8_t *Bytes

cdef uint8_t[256] KINDS
cdef uint64_t[19] WHOLE_TENS


cdef fill_tables():
    cdef int place
    for place in range(256):
        KINDS[place] = (MARKUP if place < 32 or place in b"&<>" else 0) | (WIDE if place >= 128 else 0)
    TENS[0], WHOLE_TENS[0] = 1, 1
    for place in range(1, 19):
        TENS[place], WHOLE_TENS[place] = TENS[place - 1] * 10, WHOLE_TENS[place - 1] * 10


fill_tables()


cdef int put_value(Buffer *out, PackedReader reader, int of_class) except -1:
    """Write the value that the reader stands at, which has this class; return an Outcome."""
    cdef Py_ssize_t size
    if of_class == Class.STRING:
        size = reader.take_text()
        return put_text(out, reader.pointer(reader.at, size), size)
    if of_class == Class.INTEGER:
        return put_integer(out, reader.take_integer())
    if of_class == Class.FLOAT:
        return put_float(out, reader.take_float(), in_list=False)
    if of_class == Class.BOOLEAN:
        return put(out, b"true", 4) if reader.take_boolean() else put(out, b"false", 5)
    if of_class == Class.EMPTY:
        return put(out, b"[]", 2)
    if Class.BOOLEANS <= of_class <= Class.STRINGS:
        return put_list(out, reader, of_class - 4)
    return Outcome.ASK


cdef int put_list(Buffer *out, PackedReader reader, int of_class) except -1:
    cdef Py_ssize_t count = reader.take_list(), place, size
    cdef int outcome
    put_byte(out, c'[')
    for place in range(count):
        if place:
            put_byte(out, c',')
        if of_class == Class.STRING:
            size = reader.take_text()
            outcome = put_json(out, reader.pointer(reader.at, size), size)
            reader.move(size)
        elif of_class == Class.FLOAT:
            outcome = put_float(out, reader.take_float(), in_list=True)
        else:
            outcome = put_value(out, reader, of_class)
        if outcome != Outcome.WRITTEN:
            return outcome
    return put_byte(out, c']')


cdef int put_text(Buffer *out, Bytes text, Py_ssize_t size) except -1:
    """Write a text for an element's content."""
    cdef int found = look(text, size)
    if found & WIDE and not is_carried(text, size):
        return Outcome.OTHER
    if found & MARKUP:
        return put_escaped(out, text, size)
    return put(out, text, size)


cdef int look(Bytes text, Py_ssize_t size) noexcept:
    """Return whether a text may have MARKUP, whether it has WIDE bytes; eight bytes at a time."""
    cdef uint64_t ones = 0x0101010101010101ULL, tops = 0x8080808080808080ULL
    cdef uint64_t eight, other, markup = 0, wide = 0
    cdef int found = 0
    while size >= 8:
        memcpy(&eight, text, 8)
        wide |= eight
        markup |= (eight - ones * 32) & ~eight
        other = eight ^ (ones * c'&')
        markup |= (other - ones) & ~other
        other = (eight | ones * 2) ^ (ones * c'>')  # `<` differs from it by that bit alone
        markup |= (other - ones) & ~other
        text += 8
        size -= 8
    if markup & tops:
        found = MARKUP
    if wide & tops:
        found |= WIDE
    while size:
        found |= KINDS[text[0]]
        text += 1
        size -= 1
    return found


cdef bint is_carried(Bytes text, Py_ssize_t size) noexcept:
    """Return whether it is UTF-8 without surrogates and without U+FFFE, U+FFFF."""
    cdef Py_ssize_t at = 0
    cdef int more, place
    cdef uint64_t point
    while at < size:
        if text[at] < 0x80:
            at += 1
            continue
        more = 1 if text[at] < 0xE0 else 2 if text[at] < 0xF0 else 3
        if text[at] < 0xC2 or text[at] > 0xF4 or more >= size - at:
            return False
        point = text[at] & (0x3F >> more)
        for place in range(1, more + 1):
            if text[at + place] & 0xC0 != 0x80:
                return False
            point = (point << 6) | (text[at + place] & 0x3F)
        if more == 2 and (point < 0x800 or 0xD800 <= point <= 0xDFFF or point >= 0xFFFE):
            return False
        if more == 3 and not 0x10000 <= point <= 0x10FFFF:
            return False
        at += more + 1
    return True


cdef inline int put_reference(Buffer *out, uint8_t byte) except -1:
    """Write one of the bytes that XML has a reference for."""
    if byte == c'&':
        return put(out, b"&amp;", 5)
    if byte == c'<':
        return put(out, b"&lt;", 4)
    return put(out, b"&gt;", 4)


cdef int put_escaped(Buffer *out, Bytes text, Py_ssize_t size) except -1:
    cdef Py_ssize_t at
    make_room(out, size)
    for at in range(size):
        if not KINDS[text[at]] & MARKUP or text[at] == c'\t' or text[at] == c'\n':
            put_byte(out, text[at])
        elif text[at] == c'\r':
            put(out, b"&#13;", 5)
        elif text[at] >= 32:
            put_reference(out, text[at])
        else:
            return Outcome.OTHER
    return Outcome.WRITTEN


cdef int put_json(Buffer *out, Bytes text, Py_ssize_t size) except -1:
    """Write a JSON string as orjson does, for an element's content."""
    cdef Py_ssize_t at
    cdef int found = look(text, size)
    if found & WIDE and not is_carried(text, size):
        return Outcome.ASK
    make_room(out, size + 2)
    put_byte(out, c'"')
    for at in range(size):
        if text[at] == c'"' or text[at] == c'\\':
            put_byte(out, c'\\')
            put_byte(out, text[at])
        elif not KINDS[text[at]] & MARKUP:
            put_byte(out, text[at])
        elif text[at] >= 32:
            put_reference(out, text[at])
        else:
            put_control(out, text[at])
    return put_byte(out, c'"')


cdef int put_control(Buffer *out, uint8_t byte) except -1:
    """Write a control character of a JSON string."""
    cdef int place
    cdef uint8_t *digits = b"0123456789abcdef"
    for place in range(5):
        if byte == (<uint8_t *> b"\b\t\n\f\r")[place]:
            put_byte(out, c'\\')
            return put_byte(out, (<uint8_t *> b"btnfr")[place])
    put(out, b"\\u00", 4)
    put_byte(out, digits[byte >> 4])
    return put_byte(out, digits[byte & 15])


cdef Py_ssize_t write_digits(uint8_t *end, uint64_t number) noexcept:
    """Write a number so that it ends there; return how many digits it has."""
    cdef uint8_t *at = end
    while True:
        at -= 1
        at[0] = c'0' + number % 10
        number //= 10
        if not number:
            return end - at


cdef int put_integer(Buffer *out, long long number) except -1:
    """Write an integer."""
    cdef uint8_t[24] digits
    cdef uint64_t size_of = <uint64_t> number
    cdef Py_ssize_t count
    if number < 0:
        put_byte(out, c'-')
        size_of = 0 - size_of
    count = write_digits(digits + 24, size_of)
    return put(out, digits + 24 - count, count)


cdef int put_float(Buffer *out, double number, bint in_list) except -1:
    """Write a finite float as Python does: the shortest text that gives it back."""
    cdef double size_of = fabs(number), scaled
    cdef int places
    if number == 0:
        return put(out, b"0.0", 3)
    if not 1e-4 <= size_of < 1e15:
        # With an exponent, which orjson spells otherwise.
        return Outcome.ASK if in_list else put_repr(out, number)
    for places in range(19):
        scaled = rint(size_of * TENS[places])
        if scaled >= 1e15:
            break
        if scaled / TENS[places] == size_of:  # at most 15 digits: no other text is as short
            if number < 0:
                put_byte(out, c'-')
            return put_decimal(out, <uint64_t> scaled, places)
    return put_repr(out, number)


cdef int put_decimal(Buffer *out, uint64_t scaled, int places) except -1:
    """Write a number with so many decimal places, of which it has one at least."""
    cdef uint8_t[24] digits
    cdef Py_ssize_t count
    put_integer(out, scaled // WHOLE_TENS[places])
    put_byte(out, c'.')
    count = write_digits(digits + 24, scaled % WHOLE_TENS[places])
    while count < places:
        count += 1
        digits[24 - count] = c'0'
    return put(out, digits + 24 - count, count)


cdef int put_repr(Buffer *out, double number) except -1:
    cdef char *text = PyOS_double_to_string(number, c'r', 0, Py_DTSF_ADD_DOT_0, NULL)
    try:
        return put(out, text, strlen(text))
    finally:
        PyMem_Free(text)
