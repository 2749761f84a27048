# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=True
"""Reads the texts of values as an archive has them, and packs them for the wire.

Only what `texts` would write is taken, byte for byte; anything else is Python's to judge. A Text knows where it ends:
nothing behind that is read.
"""

from libc.math cimport NAN
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memcmp, memcpy

from shared.native.buffers cimport Buffer, make_room, put, put_byte
from shared.native.packing cimport pack_boolean, pack_float, pack_integer, pack_list, pack_text
from shared.native.packstream cimport Class
from shared.native.texts cimport MARKUP, TENS, WIDE, Outcome, is_carried, look, put_float, put_integer

cdef extern from "Python.h":
    double PyOS_string_to_double(const char *text, char **end, void *overflow) except? -1.0

cdef enum:
    MOST_DIGITS = 19  # of a 64-bit integer
    LONGEST_FLOAT = 32


cdef class ValueParser:
    """Packs values of the classes that it knows."""

    def __dealloc__(self):
        free(self.plain.content)
        free(self.listed.content)
        free(self.again.content)

    cdef bint pack(self, Buffer *out, Text text, int of_class) except -1:
        """Pack a value by its text; False where that is not what `texts` would write for this class."""
        if of_class == Class.STRING:
            return self.pack_string(out, text)
        if of_class == Class.INTEGER or of_class == Class.FLOAT:
            return self.pack_number(out, text, of_class == Class.FLOAT, in_list=False)
        if of_class == Class.BOOLEAN:
            return pack_truth(out, &text) and text.at == text.end
        if of_class == Class.EMPTY:
            return take(&text, b"[]") and text.at == text.end and pack_list(out, 0) == 0
        if Class.BOOLEANS <= of_class <= Class.STRINGS:
            return self.pack_listed(out, text, of_class - 4)
        return False

    cdef bint pack_string(self, Buffer *out, Text text) except -1:
        if not self.unescape(&text):
            return False
        pack_text(out, text.at, text.end - text.at)
        return True

    cdef bint pack_number(self, Buffer *out, Text text, bint is_float, bint in_list) except -1:
        """Pack a number if it would be written just like this."""
        cdef Py_ssize_t size = text.end - text.at
        cdef int64_t number
        cdef double decimal
        self.again.size = 0
        if is_float:
            decimal = float_of(text)
            if decimal - decimal != 0 or put_float(&self.again, decimal, in_list) != Outcome.WRITTEN:
                return False
            pack_float(out, decimal)
        else:
            number = integer_of(text)
            put_integer(&self.again, number)
            pack_integer(out, number)
        return size == <Py_ssize_t> self.again.size and memcmp(text.at, self.again.content, size) == 0

    cdef bint pack_listed(self, Buffer *out, Text text, int of_class) except -1:
        """Pack a list of one element at least."""
        cdef uint64_t count = 1
        self.listed.size = 0
        if not self.unescape(&text) or not take(&text, b"["):
            return False
        while self.pack_element(&text, of_class):
            if not take(&text, b","):
                if not take(&text, b"]") or text.at != text.end:
                    return False
                pack_list(out, count)
                put(out, self.listed.content, self.listed.size)
                return True
            count += 1
        return False

    cdef bint pack_element(self, Text *text, int of_class) except -1:
        cdef Text element
        if of_class == Class.STRING:
            return self.pack_json(text)
        if of_class == Class.BOOLEAN:
            return pack_truth(&self.listed, text)
        element = cut(text, c',')
        if text.at == text.end and element.end != element.at:  # the last one: its bracket was taken, too
            element.end -= 1
            text.at -= 1
        return self.pack_number(&self.listed, element, of_class == Class.FLOAT, in_list=True)

    cdef bint pack_json(self, Text *text) except -1:
        """Pack a string as orjson writes it."""
        cdef uint8_t byte
        cdef int control
        self.again.size = 0
        if not take(text, b'"'):
            return False
        while text.at != text.end:
            byte = text.at[0]
            text.at += 1
            if byte == c'"':
                pack_text(&self.listed, self.again.content, self.again.size)
                return True
            if byte < 32:
                return False
            if byte == c'\\':
                control = escaped_of(text)
                if control < 0:
                    return False
                byte = control
            put_byte(&self.again, byte)
        return False

    cdef bint unescape(self, Text *text) except -1:
        """Have the text of an element's content stand as it is meant; False where it is not ours."""
        cdef int found = look(text.at, text.end - text.at)
        cdef Text rest = text[0]
        cdef uint8_t byte
        if found & WIDE and not is_carried(text.at, text.end - text.at):
            return False
        if not found & MARKUP:
            return True
        self.plain.size = 0
        make_room(&self.plain, rest.end - rest.at)
        while rest.at != rest.end:
            byte = rest.at[0]
            if byte == c'&':
                byte = referenced_of(&rest)
                if not byte:
                    return False
            elif byte == c'<' or byte == c'>' or (byte < 32 and byte != c'\t' and byte != c'\n'):
                return False
            else:
                rest.at += 1
            put_byte(&self.plain, byte)
        text.at, text.end = self.plain.content, self.plain.content + self.plain.size
        return True


cdef bint pack_truth(Buffer *out, Text *text) except -1:
    cdef bint value = take(text, b"true")
    return (value or take(text, b"false")) and pack_boolean(out, value) == 0


cdef uint8_t referenced_of(Text *text) noexcept:
    """Return the byte of a reference, 0 for one that we do not write."""
    if take(text, b"&amp;"):
        return c'&'
    if take(text, b"&lt;"):
        return c'<'
    if take(text, b"&gt;"):
        return c'>'
    return c'\r' if take(text, b"&#13;") else 0


cdef int escaped_of(Text *text) noexcept:
    """Return what stands behind a backslash in JSON, -1 for what orjson writes otherwise."""
    cdef int place, low
    if text.at == text.end:
        return -1
    text.at += 1
    for place in range(7):
        if text.at[-1] == (<const uint8_t *> b'"\\btnfr')[place]:
            return (<const uint8_t *> b'"\\\b\t\n\f\r')[place]
    if text.at[-1] != c'u' or not (take(text, b"000") or take(text, b"001")) or text.at == text.end:
        return -1
    low = text.at[0] - c'0' if text.at[0] <= c'9' else text.at[0] - c'a' + 10 if text.at[0] >= c'a' else -1
    place = (text.at[-1] - c'0') * 16 + low
    text.at += 1
    return -1 if not 0 <= low < 16 or 8 <= place <= 13 and place != 11 else place


cdef int64_t integer_of(Text text) noexcept:
    """Return the integer of some digits; any number for what is none."""
    cdef uint64_t number = 0
    cdef bint is_negative = take(&text, b"-")
    if text.end - text.at > MOST_DIGITS:
        return 0
    while text.at != text.end:
        number = number * 10 + <uint64_t> (text.at[0] - c'0')
        text.at += 1
    return <int64_t> (0 - number if is_negative else number)


cdef double float_of(Text text) except? -1:
    """Return the number of a decimal of at most 15 digits; of any other what Python says; NaN for what is none."""
    cdef uint64_t number = 0
    cdef Py_ssize_t places = -1
    cdef Text rest = text
    cdef bint is_negative = take(&rest, b"-")
    if rest.end - rest.at > 16:
        return parsed(text)
    while rest.at != rest.end:
        if rest.at[0] == c'.' and places < 0:
            places = 0
        elif c'0' <= rest.at[0] <= c'9':
            number = number * 10 + (rest.at[0] - c'0')
            places += places >= 0
        else:
            return parsed(text)
        rest.at += 1
    if places < 0 or number >= 1000000000000000:
        return parsed(text)
    return (-1 if is_negative else 1) * (<double> number / TENS[places])


cdef double parsed(Text text) except? -1:
    cdef char[LONGEST_FLOAT] copied
    cdef char *end
    cdef Py_ssize_t size = text.end - text.at
    cdef double number
    if not 0 < size < LONGEST_FLOAT:
        return NAN
    memcpy(copied, text.at, size)
    copied[size] = 0
    try:
        number = PyOS_string_to_double(copied, &end, NULL)
    except ValueError:
        return NAN
    return number if end == copied + size else NAN
