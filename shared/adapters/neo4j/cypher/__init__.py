"""Every Cypher text, named.

`id()` is deprecated but present in every server up to 2026.x, and nothing else seeks as fast; it stands here only.
Reads seek blocks of ids and collect many rows into one record: one record a row is ten times slower.
"""
