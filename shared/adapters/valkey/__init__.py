"""The job store and identity in Valkey.

`client` opens the connection (`client_internals` is the only module that uses private members of its library),
`scripts` runs the Lua files of `lua`, `shared_reads` sends concurrent reads in one round trip. `jobs` is the job
store, `identity` keeps tenants, users, keys and grants, `arq_events` reads events as arq's queues carry them,
`backups` dumps and restores the keys of an installation. `addresses` opens connections to a server, by sentinels or by
nodes of a cluster (`clusters`). `namespaces` is what all keys begin with, `layouts` finds it out, `moving` changes it.
Every transition of a job is one script. See ADR 1.
"""
