"""The job store in Valkey.

`store` is the port: each transition is one Lua script. `records` turns a job into a hash and back, `listing` reads
jobs by their indexes, `minutes` reads the counts of ended jobs by minute.
"""
