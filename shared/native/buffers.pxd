"""A growing run of bytes that is written to the end."""

from libc.stdint cimport uint8_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy

from cpython.bytes cimport PyBytes_FromStringAndSize

cdef enum:
    LARGE_ROOM = 1 << 22

cdef struct Buffer:
    uint8_t *content
    size_t size
    size_t room


cdef inline int make_room(Buffer *buffer, size_t more) except -1:
    """Have room for so many more bytes."""
    cdef size_t room = buffer.room if buffer.room else 65536
    cdef uint8_t *content
    if buffer.size + more <= buffer.room:
        return 0
    while room < buffer.size + more:
        room *= 2
    content = <uint8_t *> realloc(buffer.content, room)
    if content == NULL:
        raise MemoryError
    buffer.content, buffer.room = content, room
    return 0


cdef inline int put(Buffer *buffer, const void *content, size_t size) except -1:
    """Append bytes, if there are any."""
    if size == 0:
        return 0
    make_room(buffer, size)
    memcpy(buffer.content + buffer.size, content, size)
    buffer.size += size
    return 0


cdef inline int put_byte(Buffer *buffer, uint8_t byte) except -1:
    """Append one byte."""
    make_room(buffer, 1)
    buffer.content[buffer.size] = byte
    buffer.size += 1
    return 0


cdef inline bytes take_bytes(Buffer *buffer):
    """Take out what a buffer holds; the room that it got for a heavy row is given back."""
    content = PyBytes_FromStringAndSize(<char *> buffer.content, buffer.size)
    buffer.size = 0
    if buffer.room > LARGE_ROOM:
        free(buffer.content)
        buffer.content, buffer.room = NULL, 0
    return content
