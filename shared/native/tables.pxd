"""What was learnt, by bytes: see tables.pyx."""

cimport cython
from libc.stdint cimport uint8_t, uint64_t

cdef class Entry:
    cdef bytes key

@cython.final
cdef class Table:
    cdef list known
    cdef void **slots
    cdef uint64_t *hashes
    cdef size_t mask

    cdef Entry find(self, const void *key, Py_ssize_t size)
    cdef int add(self, Entry entry) except -1
    cdef int make_slots(self, size_t count) except -1
    cdef int put(self, Entry entry) except -1
