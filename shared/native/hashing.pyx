# cython: language_level=3, boundscheck=True, wraparound=False
"""Adds hashes of elements up; finds ordinals by database id.

Ordinals stand in the very blocks of an OrdinalIndex, whose memory it is. A block is asked for once, and held from then
on; the index gives none back while it lives.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free

from shared.native.buffers cimport put

cdef enum:
    BLOCK_BITS = 10
    IN_BLOCK = (1 << 10) - 1
    HASH_BYTES = 16


cdef class Ordinals:
    """The blocks of an index, by number."""

    def __cinit__(self, index):
        self.index, self.held = index, []
        self.make_slots(1024)

    def __dealloc__(self):
        free(self.numbers)
        free(self.blocks)

    cdef int make_slots(self, size_t count) except -1:
        cdef int64_t *numbers = self.numbers
        cdef int32_t **blocks = self.blocks
        cdef size_t slot, old = self.mask + 1 if blocks != NULL else 0, new
        self.numbers = <int64_t *> calloc(count, sizeof(int64_t))
        self.blocks = <int32_t **> calloc(count, sizeof(int32_t *))
        if self.numbers == NULL or self.blocks == NULL:
            raise MemoryError
        self.mask = count - 1
        for slot in range(old):
            if blocks[slot] != NULL:
                new = self.slot_of(numbers[slot])
                self.numbers[new], self.blocks[new] = numbers[slot], blocks[slot]
        free(numbers)
        free(blocks)
        return 0

    cdef size_t slot_of(self, int64_t number) noexcept:
        """Return where a block stands, or would."""
        cdef size_t slot = (<uint64_t> number * 0x9E3779B97F4A7C15ULL) >> 20 & self.mask
        while self.blocks[slot] != NULL and self.numbers[slot] != number:
            slot = (slot + 1) & self.mask
        return slot

    cdef int32_t *block_of(self, int64_t node_id, bint make) except? NULL:
        cdef int64_t number = node_id >> BLOCK_BITS
        cdef int32_t *block = self.blocks[self.slot_of(number)]
        return self.fetch(number, make) if block == NULL else block

    cdef int32_t *fetch(self, int64_t number, bint make) except? NULL:
        """Ask the index for a block; NULL where it has none and none is to be made."""
        cdef int32_t[::1] view
        cdef size_t slot
        content = self.index.block(number, make=make)
        if content is None:
            return NULL
        view = content
        if view.shape[0] != IN_BLOCK + 1:
            raise ValueError("a block has another size")
        self.held.append(content)
        self.used += 1
        if 2 * self.used > self.mask:
            self.make_slots(4 * (self.mask + 1))
        slot = self.slot_of(number)
        self.numbers[slot], self.blocks[slot] = number, &view[0]
        return &view[0]

    cdef int32_t find(self, int64_t node_id) except -2:
        """Return the ordinal of an id, -1 where it has none."""
        cdef int32_t *block = self.block_of(node_id, False)
        return -1 if block == NULL else block[node_id & IN_BLOCK]

    cdef bint place(self, int64_t node_id, int32_t ordinal) except -1:
        """Give an id its ordinal; return False where it has one already."""
        cdef int32_t *block = self.block_of(node_id, True)
        if block[node_id & IN_BLOCK] != -1:
            return False
        block[node_id & IN_BLOCK] = ordinal
        return True


cdef class GraphHashes:
    """The sum of the hashes of elements: those of nodes stand in a table by ordinal, where edges look them up."""

    def __dealloc__(self):
        free(self.hashed.content)

    cdef int add_node(self, const uint8_t *body, size_t size, uint8_t[::1] hashes, int64_t ordinal) except -1:
        """Add a node by what follows its id."""
        cdef XXH128_hash_t number = XXH3_128bits(body, size)
        cdef XXH128_canonical_t written
        cdef Py_ssize_t at = HASH_BYTES * ordinal, place
        XXH128_canonicalFromHash(&written, number)
        for place in range(HASH_BYTES):
            hashes[at + place] = written.digest[place]
        add(&self.total, number)
        return 0

    cdef int add_edge(
        self, const uint8_t *body, size_t size, uint8_t[::1] hashes, int64_t start, int64_t end
    ) except -1:
        """Add an edge by what follows its ends."""
        self.hashed.size = 0
        self.put_hash(hashes, start)
        self.put_hash(hashes, end)
        put(&self.hashed, body, size)
        add(&self.total, XXH3_128bits(self.hashed.content, self.hashed.size))
        return 0

    cdef int put_hash(self, uint8_t[::1] hashes, int64_t ordinal) except -1:
        cdef Py_ssize_t at = HASH_BYTES * ordinal
        if at + HASH_BYTES > hashes.shape[0]:
            raise IndexError("a hash is missing")
        return put(&self.hashed, &hashes[at], HASH_BYTES)


cdef take_out(Sum *total):
    """Return a sum, and begin anew."""
    number = (int(total.high) << 64) + int(total.low)
    total.low, total.high = 0, 0
    return number
