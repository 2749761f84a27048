# cython: language_level=3, boundscheck=True, wraparound=False
"""Finds what was learnt by bytes, without making an object of them."""

from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE

from shared.native.hashing cimport XXH3_64bits


cdef class Entry:
    """Something that was learnt, with the bytes that it is found by."""


cdef class Table:
    """Entries in the order in which they were learnt."""

    def __cinit__(self):
        self.known = []
        self.make_slots(1024)

    def __dealloc__(self):
        free(self.slots)
        free(self.hashes)

    cdef Entry find(self, const void *key, Py_ssize_t size):
        """Return the entry of a key; None where there is none."""
        cdef uint64_t number = XXH3_64bits(key, size)
        cdef size_t slot = number & self.mask
        cdef Entry entry
        while self.slots[slot] != NULL:
            if self.hashes[slot] == number:
                entry = <Entry> self.slots[slot]
                if PyBytes_GET_SIZE(entry.key) == size and memcmp(PyBytes_AS_STRING(entry.key), key, size) == 0:
                    return entry
            slot = (slot + 1) & self.mask
        return None

    cdef int add(self, Entry entry) except -1:
        """Learn an entry whose key has none yet."""
        self.known.append(entry)
        if 2 * len(self.known) > <Py_ssize_t> self.mask:
            return self.make_slots(4 * (self.mask + 1))
        return self.put(entry)

    cdef int make_slots(self, size_t count) except -1:
        free(self.slots)
        free(self.hashes)
        self.slots = <void **> calloc(count, sizeof(void *))
        self.hashes = <uint64_t *> calloc(count, sizeof(uint64_t))
        if self.slots == NULL or self.hashes == NULL:
            raise MemoryError
        self.mask = count - 1
        for entry in self.known:
            self.put(entry)
        return 0

    cdef int put(self, Entry entry) except -1:
        cdef uint64_t number = XXH3_64bits(PyBytes_AS_STRING(entry.key), PyBytes_GET_SIZE(entry.key))
        cdef size_t slot = number & self.mask
        while self.slots[slot] != NULL:
            slot = (slot + 1) & self.mask
        self.slots[slot], self.hashes[slot] = <void *> entry, number
        return 0
