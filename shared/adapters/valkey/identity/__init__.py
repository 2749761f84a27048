"""Tenants, users, API keys and grants in Valkey, mirrored to a file.

`store` is the port. `hashes` holds all of it in a few hashes, `changes` decides what each change writes, `content` and
`records` turn it into text, and `mirror` keeps a copy on disk for the day when Valkey has lost its data.
"""
