"""Archives of ours, read batch by batch.

`reader` opens an inspected archive. `feed` cuts a document into elements: `known_lines`, by the compiled codec, or
`plain_elements` read those that stand exactly as our writer writes them, `document` reads all others by the strict
parser. `sinks` collect elements as rows or as canonical texts, `packed_sink` as packed rows; `references_entry` reads
references to other applications; `ahead` reads in a thread, one step ahead.
"""
