"""Hashes and ordinals: see hashing.pyx."""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from shared.native.buffers cimport Buffer

cdef extern from *:
    """
    #define XXH_INLINE_ALL
    #include "xxhash.h"
    """
    ctypedef struct XXH128_hash_t:
        uint64_t low64
        uint64_t high64
    ctypedef struct XXH128_canonical_t:
        uint8_t digest[16]
    uint64_t XXH3_64bits(const void *content, size_t size) noexcept nogil
    XXH128_hash_t XXH3_128bits(const void *content, size_t size) noexcept nogil
    void XXH128_canonicalFromHash(XXH128_canonical_t *written, XXH128_hash_t number) noexcept nogil

cdef struct Sum:
    uint64_t low, high

cdef inline void add(Sum *total, XXH128_hash_t number) noexcept:
    """Add a hash, modulo 2**128."""
    total.low += number.low64
    total.high += number.high64 + (total.low < number.low64)

@cython.final
cdef class Ordinals:
    cdef object index
    cdef list held
    cdef int64_t *numbers
    cdef int32_t **blocks
    cdef size_t mask
    cdef size_t used

    cdef int32_t *block_of(self, int64_t node_id, bint make) except? NULL
    cdef int make_slots(self, size_t count) except -1
    cdef size_t slot_of(self, int64_t number) noexcept
    cdef int32_t *fetch(self, int64_t number, bint make) except? NULL
    cdef int32_t find(self, int64_t node_id) except -2
    cdef bint place(self, int64_t node_id, int32_t ordinal) except -1

@cython.final
cdef class GraphHashes:
    cdef Buffer hashed
    cdef Sum total

    cdef int add_node(self, const uint8_t *body, size_t size, uint8_t[::1] hashes, int64_t ordinal) except -1
    cdef int add_edge(
        self, const uint8_t *body, size_t size, uint8_t[::1] hashes, int64_t start, int64_t end
    ) except -1
    cdef int put_hash(self, uint8_t[::1] hashes, int64_t ordinal) except -1

cdef take_out(Sum *total)
